//! What the page `/check` says. On the server only: the page carries its words itself, so that no other page has to load them.

use protocol::{
    check::{Fault, Leg},
    client::DeviceError,
};

use super::Texts;
use crate::locale::Locale;

/// The words of the check.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is named for what it says; the text is beside it in every language")]
pub struct CheckTexts {
    pub title: &'static str,
    pub about: &'static str,
    pub start: &'static str,
    pub again: &'static str,
    /// By `Leg`.
    pub legs: [&'static str; 8],
    pub waiting: &'static str,
    pub trying: &'static str,
    pub asking: &'static str,
    pub good: &'static str,
    pub absent: &'static str,
    pub failed: &'static str,
    pub play: &'static str,
    pub heard: &'static str,
    pub not_heard: &'static str,
    pub preview: &'static str,
    pub verdict_trying: &'static str,
    pub verdict_good: &'static str,
    pub verdict_limited: &'static str,
    pub verdict_failed: &'static str,
    pub camera_still: &'static str,
    pub microphone_silent: &'static str,
    pub speaker_unheard: &'static str,
    pub server_blocked: &'static str,
    pub stun_blocked: &'static str,
    pub turn_blocked: &'static str,
    pub udp_blocked: &'static str,
    pub tcp_blocked: &'static str,
    pub media_blocked: &'static str,
    pub server_unknown: &'static str,
    pub no_relay: &'static str,
    pub stun_absent: &'static str,
    pub turn_absent: &'static str,
}

impl CheckTexts {
    /// Of a language.
    #[must_use]
    pub const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::Kk => &KK,
            Locale::Ru => &RU,
            Locale::En => &EN,
        }
    }

    /// What to do when a leg failed so. `None`: that leg never does.
    #[must_use]
    pub const fn advice(&self, leg: Leg, fault: Fault, texts: &Texts) -> Option<&'static str> {
        Some(match (leg, fault) {
            (Leg::Camera, Fault::Device(error)) => texts.camera_errors.of(error),
            (Leg::Microphone, Fault::Device(error)) => texts.microphone_errors.of(error),
            (Leg::Camera, Fault::Nothing) => self.camera_still,
            (Leg::Microphone, Fault::Nothing) => self.microphone_silent,
            (Leg::Speaker, Fault::Nothing) => self.speaker_unheard,
            (Leg::Server, Fault::NoAnswer) => self.server_blocked,
            (Leg::Stun, Fault::NoAnswer) => self.stun_blocked,
            (Leg::TurnUdp | Leg::TurnTcp, Fault::NoAnswer) => self.turn_blocked,
            (Leg::TurnUdp, Fault::OtherWay) => self.udp_blocked,
            (Leg::TurnTcp, Fault::OtherWay) => self.tcp_blocked,
            (Leg::Media, Fault::NoAnswer) => self.media_blocked,
            (Leg::Media, Fault::NotTried) => self.no_relay,
            (Leg::Stun | Leg::TurnUdp | Leg::TurnTcp, Fault::NotTried) => self.server_unknown,
            _ => return None,
        })
    }

    /// What is said of a leg for which this server has nothing.
    #[must_use]
    pub const fn absence(&self, leg: Leg) -> Option<&'static str> {
        match leg {
            Leg::Stun => Some(self.stun_absent),
            Leg::TurnUdp | Leg::TurnTcp | Leg::Media => Some(self.turn_absent),
            Leg::Camera | Leg::Microphone | Leg::Speaker | Leg::Server => None,
        }
    }
}

/// Every way to fail.
pub const FAULTS: [Fault; 12] = [
    Fault::Device(DeviceError::Denied),
    Fault::Device(DeviceError::DeniedBySystem),
    Fault::Device(DeviceError::Missing),
    Fault::Device(DeviceError::Unplugged),
    Fault::Device(DeviceError::Overconstrained),
    Fault::Device(DeviceError::Busy),
    Fault::Device(DeviceError::Insecure),
    Fault::Device(DeviceError::Other),
    Fault::Nothing,
    Fault::NoAnswer,
    Fault::OtherWay,
    Fault::NotTried,
];

const KK: CheckTexts = CheckTexts {
    title: "Байланысты тексеру",
    about: "Сабақ алдында камераны, микрофонды, динамикті және серверге дейінгі жолды тексеріңіз. Бір минуттай уақыт алады; ештеңе \
            жазылып алынбайды.",
    start: "Тексеруді бастау",
    again: "Қайта тексеру",
    legs: [
        "Камера",
        "Микрофон",
        "Динамик",
        "Сервер",
        "STUN: тікелей жол",
        "TURN, UDP арқылы",
        "TURN, TCP арқылы",
        "TURN арқылы сурет",
    ],
    waiting: "кезегін күтіп тұр",
    trying: "тексеріліп жатыр…",
    asking: "сізге сұрақ бар",
    good: "жұмыс істейді",
    absent: "бапталмаған",
    failed: "жұмыс істемейді",
    play: "Дыбысты ойнату",
    heard: "Естідім",
    not_heard: "Естімедім",
    preview: "Камера суреті",
    verdict_trying: "Тексеріп жатырмыз…",
    verdict_good: "Бәрі дайын. Сабаққа кірісуге болады.",
    verdict_limited: "Сөйлесуге болады. Жұмыс істемей тұр:",
    verdict_failed: "Жұмыс істемей тұр:",
    camera_still: "Камера қосылды, бірақ сурет келмей тұр. Объективі жабық емес пе? Камераны басқа бағдарлама қолданып тұрмағанын тексеріп, \
                   қайталап көріңіз.",
    microphone_silent: "Микрофон қосылды, бірақ дыбыс естілмеді. Бірдеңе айтып көріңіз; микрофонның өз қосқышын және жүйе \
                        баптауларындағы деңгейін тексеріңіз.",
    speaker_unheard: "Құрылғының дыбысын қосыңыз, құлаққап жалғанған болса, соны тексеріңіз де, дыбысты қайта ойнатыңыз.",
    server_blocked: "Бет ашылды, бірақ тұрақты байланыс (WebSocket) орнамады. Оны желідегі прокси немесе антивирус бөгеп тұруы мүмкін: басқа \
                     желіден кіріп көріңіз немесе желі әкімшісіне айтыңыз.",
    stun_blocked: "STUN сервері жауап бермеді. Желі UDP-ді бөгеп тұруы мүмкін: басқа желіден кіріп көріңіз немесе желі \
                   әкімшісіне айтыңыз.",
    turn_blocked: "TURN сервері қолжетімсіз. Оны желі бөгеп тұр немесе сервер дұрыс бапталмаған. Басқа желіден кіріп көріңіз; онда да болмаса, \
                   сайт әкімшісіне айтыңыз.",
    udp_blocked: "Бұл желі UDP-ді бөгеп тұр. Қоңырау TCP арқылы жүреді, кідіріс сәл ұзағырақ болуы мүмкін. Мүмкіндік болса, әкімшіден UDP-ге \
                  рұқсат беруін сұраңыз.",
    tcp_blocked: "TURN TCP арқылы қолжетімсіз, бірақ UDP арқылы жұмыс істейді: қоңырауға осы жеткілікті.",
    media_blocked: "TURN сервері жауап берді, бірақ сурет ол арқылы өтпеді. Сайт әкімшісіне айтыңыз: сервердің тарату порттары жабық \
                    болуы мүмкін.",
    server_unknown: "Сервер STUN мен TURN мекенжайларын бермеді, сондықтан бұл тексерілмеді. Интернет байланысын тексеріп, қайталап \
                     көріңіз.",
    no_relay: "TURN қолжетімсіз болғандықтан, бұл тексерілмеді.",
    stun_absent: "Бұл серверде STUN жоқ. Ол екі адам екі бөлек желіде болса ғана керек.",
    turn_absent: "Бұл серверде TURN жоқ. Ол қатаң брандмауэр артында ғана керек.",
};

const RU: CheckTexts = CheckTexts {
    title: "Проверка связи",
    about: "Проверьте перед уроком камеру, микрофон, динамик и связь с сервером. Это займёт около минуты; ничего не записывается.",
    start: "Начать проверку",
    again: "Проверить ещё раз",
    legs: [
        "Камера",
        "Микрофон",
        "Динамик",
        "Сервер",
        "STUN: прямой путь",
        "TURN по UDP",
        "TURN по TCP",
        "Изображение через TURN",
    ],
    waiting: "ждёт своей очереди",
    trying: "проверяется…",
    asking: "вопрос к вам",
    good: "работает",
    absent: "не настроено",
    failed: "не работает",
    play: "Воспроизвести звук",
    heard: "Слышу",
    not_heard: "Не слышу",
    preview: "Изображение с камеры",
    verdict_trying: "Проверяем…",
    verdict_good: "Всё готово. Можно начинать урок.",
    verdict_limited: "Говорить можно, но не работает:",
    verdict_failed: "Не работает:",
    camera_still: "Камера включилась, но изображения нет. Не закрыт ли объектив? Проверьте, не занята ли камера другой программой, и \
                   повторите попытку.",
    microphone_silent: "Микрофон включился, но звука не слышно. Скажите что-нибудь; проверьте кнопку на самом микрофоне и его уровень \
                        в настройках системы.",
    speaker_unheard: "Включите звук на устройстве, проверьте наушники, если они подключены, и воспроизведите звук ещё раз.",
    server_blocked: "Страница открылась, но постоянная связь (WebSocket) не установилась. Возможно, её блокирует прокси или антивирус: \
                     попробуйте из другой сети или обратитесь к администратору вашей сети.",
    stun_blocked: "Сервер STUN не ответил. Возможно, сеть не пропускает UDP: попробуйте из другой сети или обратитесь к администратору \
                   вашей сети.",
    turn_blocked: "Сервер TURN недоступен. Его блокирует сеть, или он настроен неверно. Попробуйте из другой сети; если и там не выйдет, \
                   сообщите администратору сайта.",
    udp_blocked: "Эта сеть не пропускает UDP. Звонок пойдёт по TCP, задержка может быть чуть больше. Если можно, попросите администратора \
                  разрешить UDP.",
    tcp_blocked: "TURN по TCP недоступен, но по UDP работает: для звонка этого достаточно.",
    media_blocked: "Сервер TURN ответил, но изображение через него не прошло. Сообщите администратору сайта: возможно, закрыты порты \
                    для передачи.",
    server_unknown: "Сервер не сообщил адреса STUN и TURN, поэтому это не проверено. Проверьте интернет и повторите попытку.",
    no_relay: "Не проверено, потому что TURN недоступен.",
    stun_absent: "На этом сервере нет STUN. Он нужен, только если люди в разных сетях.",
    turn_absent: "На этом сервере нет TURN. Он нужен только за строгими брандмауэрами.",
};

const EN: CheckTexts = CheckTexts {
    title: "Check the connection",
    about: "Before a lesson, check the camera, the microphone, the speaker and the connection to the server. It takes about a minute; \
            nothing is recorded.",
    start: "Start the check",
    again: "Check again",
    legs: [
        "Camera",
        "Microphone",
        "Speaker",
        "Server",
        "STUN: the direct route",
        "TURN over UDP",
        "TURN over TCP",
        "Picture through TURN",
    ],
    waiting: "waiting its turn",
    trying: "checking…",
    asking: "a question for you",
    good: "works",
    absent: "not set up",
    failed: "does not work",
    play: "Play a sound",
    heard: "I heard it",
    not_heard: "I heard nothing",
    preview: "The camera’s picture",
    verdict_trying: "Checking…",
    verdict_good: "All is ready. The lesson can begin.",
    verdict_limited: "You can talk. Not working:",
    verdict_failed: "Not working:",
    camera_still: "The camera opened but gives no picture. Is its lens covered? Check that no other program is using it, and try again.",
    microphone_silent: "The microphone opened but nothing was heard. Say something; check the microphone’s own switch and its level \
                        in the system settings.",
    speaker_unheard: "Turn the device’s sound on, check the headphones if any are connected, and play the sound again.",
    server_blocked: "The page opened but the permanent connection (WebSocket) did not. A proxy or an antivirus may block it: try another \
                     network, or tell whoever runs this one.",
    stun_blocked: "The STUN server did not answer. The network may block UDP: try another one, or tell whoever runs this one.",
    turn_blocked: "The TURN server is out of reach. The network blocks it, or it is not set up well. Try another network; if that does not \
                   help, tell whoever runs this site.",
    udp_blocked: "This network blocks UDP. Calls will go over TCP, with a little more delay. If you can, ask for UDP to be allowed.",
    tcp_blocked: "TURN over TCP is out of reach, but UDP works: that is enough for calls.",
    media_blocked: "The TURN server answered, but no picture came through it. Tell whoever runs this site: its relay ports may be closed.",
    server_unknown: "The server gave no addresses of STUN and TURN, so this was not checked. Check the internet connection and try again.",
    no_relay: "Not checked, because TURN is out of reach.",
    stun_absent: "This server has no STUN. It is needed only when people are on different networks.",
    turn_absent: "This server has no TURN. It is needed only behind strict firewalls.",
};
