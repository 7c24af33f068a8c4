//! The little that is read of session descriptions (RFC 8866), and the one wish added to those that are sent.

/// How many media lines there are (RFC 8866 §5.14).
pub(super) fn media_lines(sdp: &str) -> usize {
    sdp.lines().filter(|line| line.starts_with("m=")).count()
}

/// The first ICE generation named (RFC 8839 §5.4); empty if there is none.
pub(super) fn ufrag(sdp: &str) -> &str {
    sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap_or_default()
}

/// Whether a Firefox has written it, as its origin (RFC 8866 §5.2) tells.
pub(super) fn is_of_firefox(sdp: &str) -> bool {
    sdp.lines().any(|line| line.starts_with("o=mozilla"))
}

/// Which end opens the DTLS association (RFC 8842 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DtlsRole {
    /// It opens it: the client.
    Active,
    /// It waits for it: the server.
    Passive,
}

impl DtlsRole {
    /// The one that is chosen first in a description; `None` while it is left open (`actpass`).
    pub(super) fn chosen(sdp: &str) -> Option<Self> {
        match sdp.lines().find_map(|line| line.strip_prefix("a=setup:"))? {
            "active" => Some(Self::Active),
            "passive" => Some(Self::Passive),
            _ => None,
        }
    }

    /// The other end's.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Active => Self::Passive,
            Self::Passive => Self::Active,
        }
    }

    /// The description with this role, where it leaves it open.
    pub(super) fn choose(self, sdp: &str) -> String {
        let role = match self {
            Self::Active => "a=setup:active",
            Self::Passive => "a=setup:passive",
        };
        sdp.replace("a=setup:actpass", role)
    }
}

/// Asks the receiver of this description to send next to nothing for silence (`usedtx`, RFC 7587 §6.1).
pub(super) fn silence_unsent(sdp: &str) -> String {
    let opus = |line: &str| {
        let (number, codec) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
        codec.to_ascii_lowercase().starts_with("opus/").then(|| format!("a=fmtp:{number} "))
    };
    let formats: Vec<String> = sdp.lines().filter_map(opus).collect();
    let mut asked = String::with_capacity(sdp.len() + 16);
    for line in sdp.split_inclusive('\n') {
        let (text, end) = line.split_at(line.trim_end().len());
        asked.push_str(text);
        if formats.iter().any(|format| text.starts_with(format.as_str())) && !text.contains("usedtx=") {
            asked.push_str(";usedtx=1");
        }
        asked.push_str(end);
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_asked_not_to_be_sent() {
        let sdp = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n\
                   a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n";
        let asked = silence_unsent(sdp);
        assert_eq!(asked, sdp.replace("useinbandfec=1", "useinbandfec=1;usedtx=1"));
        assert_eq!(silence_unsent(&asked), asked);
    }

    #[test]
    fn what_has_no_sound_is_left_alone() {
        for sdp in ["", "v=0", "m=video\na=rtpmap:96 VP8/90000\na=fmtp:96 x=1\n", "a=rtpmap:\na=fmtp: \n"] {
            assert_eq!(silence_unsent(sdp), sdp);
        }
    }

    #[test]
    fn a_role_left_open_is_chosen_on_every_line() {
        let open = "v=0\r\nm=audio 9\r\na=setup:actpass\r\nm=video 9\r\na=setup:actpass\r\n";
        assert_eq!(DtlsRole::chosen(open), None);
        for role in [DtlsRole::Active, DtlsRole::Passive] {
            let said = role.choose(open);
            assert_eq!((DtlsRole::chosen(&said), said.contains("actpass")), (Some(role), false));
            assert_eq!(role.other().choose(&said), said, "what is chosen stays");
            assert_eq!(role.other().other(), role);
        }
    }

    #[test]
    fn generations_and_media_lines_are_found() {
        let sdp = "v=0\na=ice-ufrag:one\nm=audio 9\nm=video 9\na=ice-ufrag:two\n";
        assert_eq!((media_lines(sdp), ufrag(sdp)), (2, "one"));
        assert_eq!((media_lines(""), ufrag("")), (0, ""));
    }
}
