//! What is said of a connection: how good it is, its figures, saving data. All three languages, one beside the other.

/// The words of a connection.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is named for what it says; the text is beside it in every language")]
pub struct LinkTexts {
    /// By `Level`: good, weak, poor, lost.
    pub levels: [&'static str; 4],
    pub title: &'static str,
    pub way: &'static str,
    pub direct: &'static str,
    pub relayed: &'static str,
    pub round_trip: &'static str,
    pub milliseconds: &'static str,
    pub received: &'static str,
    pub sent: &'static str,
    pub kilobits: &'static str,
    /// Around the number of a hundred.
    pub lost: [&'static str; 2],
    pub size: &'static str,
    pub no_picture: &'static str,
    pub used: &'static str,
    /// The sign before tenths, and the unit.
    pub megabytes: [&'static str; 2],
    pub unheard: &'static str,
    pub data_saver: &'static str,
    pub data_saver_hint: &'static str,
    /// Around the megabytes.
    pub used_in_call: [&'static str; 2],
    pub camera_off_question: &'static str,
    pub camera_off: &'static str,
    pub keep_picture: &'static str,
    pub camera_on_question: &'static str,
    pub camera_on: &'static str,
    pub leave_off: &'static str,
    pub check: &'static str,
}

impl LinkTexts {
    /// Kilobits a second, and how many of a hundred packets were lost. A figure and its unit stay on one line.
    #[must_use]
    pub fn rate(&self, kilobits: u32, lost: u32) -> String {
        let [before, after] = self.lost;
        format!("{kilobits}\u{a0}{}, {before}{lost}\u{a0}%{after}", self.kilobits)
    }

    /// Kilobytes, said as megabytes with one decimal.
    #[must_use]
    pub fn megabytes(&self, kilobytes: u32) -> String {
        let [sign, unit] = self.megabytes;
        let tenths = kilobytes.saturating_add(50) / 100;
        format!("{}{sign}{}\u{a0}{unit}", tenths / 10, tenths % 10)
    }

    /// What a call has taken, of kilobytes.
    #[must_use]
    pub fn used_in_call(&self, kilobytes: u32) -> String {
        let [before, after] = self.used_in_call;
        format!("{before}{}{after}", self.megabytes(kilobytes))
    }
}

pub(super) const KK: LinkTexts = LinkTexts {
    levels: ["Байланыс жақсы", "Байланыс әлсіз", "Байланыс нашар", "Байланыс үзілді"],
    title: "Байланыс сапасы",
    way: "Жолы",
    direct: "тікелей",
    relayed: "сервер арқылы",
    round_trip: "Кідіріс",
    milliseconds: "мс",
    received: "Қабылдау",
    sent: "Жіберу",
    kilobits: "кбит/с",
    lost: ["", " жоғалды"],
    size: "Сурет",
    no_picture: "жоқ",
    used: "Жұмсалған трафик",
    megabytes: [",", "МБ"],
    unheard: "Дыбыс келмей тұр…",
    data_saver: "Трафикті үнемдеу",
    data_saver_hint: "Алдымен дыбыс: суретке әр бағытта ең көбі 150\u{a0}кбит/с жұмсалады.",
    used_in_call: ["Осы қоңырауға ", " жұмсалды."],
    camera_off_question: "Байланыс нашар. Дыбыс үзілмеуі үшін камераңызды өшірейік пе?",
    camera_off: "Камераны өшіру",
    keep_picture: "Суретті қалдыру",
    camera_on_question: "Байланыс жақсарды. Камераңызды қайта қосайық па?",
    camera_on: "Камераны қосу",
    leave_off: "Қоспау",
    check: "Байланысты тексеру",
};

pub(super) const RU: LinkTexts = LinkTexts {
    levels: ["Связь хорошая", "Связь слабая", "Связь плохая", "Связь прервалась"],
    title: "Качество связи",
    way: "Путь",
    direct: "напрямую",
    relayed: "через сервер",
    round_trip: "Задержка",
    milliseconds: "мс",
    received: "Приём",
    sent: "Отправка",
    kilobits: "кбит/с",
    lost: ["потеряно ", ""],
    size: "Изображение",
    no_picture: "нет",
    used: "Израсходовано",
    megabytes: [",", "МБ"],
    unheard: "Звук не доходит…",
    data_saver: "Экономия трафика",
    data_saver_hint: "Сначала звук: изображение занимает не больше 150\u{a0}кбит/с в каждую сторону.",
    used_in_call: ["На этот звонок ушло ", "."],
    camera_off_question: "Связь плохая. Выключить вашу камеру, чтобы звук не прерывался?",
    camera_off: "Выключить камеру",
    keep_picture: "Оставить изображение",
    camera_on_question: "Связь наладилась. Снова включить вашу камеру?",
    camera_on: "Включить камеру",
    leave_off: "Не включать",
    check: "Проверить связь",
};

pub(super) const EN: LinkTexts = LinkTexts {
    levels: ["The connection is good", "The connection is weak", "The connection is poor", "The connection is lost"],
    title: "Connection quality",
    way: "Route",
    direct: "direct",
    relayed: "through the server",
    round_trip: "Delay",
    milliseconds: "ms",
    received: "Receiving",
    sent: "Sending",
    kilobits: "kbit/s",
    lost: ["", " lost"],
    size: "Picture",
    no_picture: "none",
    used: "Data used",
    megabytes: [".", "MB"],
    unheard: "No sound is coming through…",
    data_saver: "Data saver",
    data_saver_hint: "Sound first: the picture takes 150\u{a0}kbit/s at most, each way.",
    used_in_call: ["This call has used ", "."],
    camera_off_question: "The connection is poor. Turn your camera off to keep the sound?",
    camera_off: "Turn the camera off",
    keep_picture: "Keep the picture",
    camera_on_question: "The connection is good again. Turn your camera back on?",
    camera_on: "Turn the camera on",
    leave_off: "Leave it off",
    check: "Check the connection",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_each_language_does() {
        assert_eq!(KK.megabytes(0), "0,0\u{a0}МБ");
        assert_eq!(RU.megabytes(12_349), "12,3\u{a0}МБ");
        assert_eq!(EN.used_in_call(12_350), "This call has used 12.4\u{a0}MB.");
        assert_eq!(EN.megabytes(u32::MAX), "4294967.2\u{a0}MB");
        assert_eq!(KK.rate(640, 2), "640\u{a0}кбит/с, 2\u{a0}% жоғалды");
        assert_eq!(RU.rate(640, 2), "640\u{a0}кбит/с, потеряно 2\u{a0}%");
    }
}
