//! Choices drawn from a fuzzer's bytes: the same bytes give the same choices, and where none are left each is the first one.

/// What is left of the bytes.
pub(crate) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u8) -> u64 {
        u64::from(self.byte() % limit.max(1))
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// As many as the next two bytes say, if so many are left.
    pub(crate) fn slice(&mut self) -> &'a [u8] {
        let length = usize::from(u16::from_le_bytes([self.byte(), self.byte()]));
        let (slice, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        slice
    }

    /// The bytes themselves, odd characters, or as many as may just be said, or one more.
    pub(crate) fn text(&mut self, longest: usize) -> String {
        match self.byte() % 32 {
            0 => String::new(),
            1 => "Ана".to_owned(),
            2 => " \u{0}\u{202e}\r\n\u{2028}\u{200b}👩‍🏫 x ".to_owned(),
            3 => "қ".repeat(longest),
            4 => "x".repeat(longest + 1),
            5 => "\u{10ffff}".repeat(longest / 4),
            _ => {
                let length = usize::from(self.byte());
                let (slice, rest) = self.0.split_at(length.min(self.0.len()));
                self.0 = rest;
                String::from_utf8_lossy(slice).into_owned()
            }
        }
    }

    /// A span of time: none, a moment, one of those at which something is due, or long past all of them.
    pub(crate) fn span(&mut self) -> u64 {
        match self.byte() % 16 {
            0..=4 => 0,
            5 => 1,
            6 => u64::from(self.byte()) * 200,
            7 => 9_999,
            8 => 10_000,
            9 => 44_999,
            10 => 45_000,
            11 => 120_000,
            12 => 300_000,
            13 => 599_999,
            14 => 600_000,
            _ => 10_000_000_000,
        }
    }
}
