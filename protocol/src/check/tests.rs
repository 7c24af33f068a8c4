//! Stories of the check: what it does, how each leg stands, and what the whole says.

use super::*;

const STUN_URL: &str = "stun:192.0.2.1:3478";
const UDP: &str = "turn:192.0.2.1:3478?transport=udp";
const TCP: &str = "turn:192.0.2.1:3478?transport=tcp";
const RELAYED: &str = "candidate:1 1 udp 1 192.0.2.1 50000 typ relay raddr 0.0.0.0 rport 0";

fn server(urls: &[&str]) -> IceServer {
    IceServer { urls: urls.iter().map(|url| (*url).to_owned()).collect(), username: Some("u".to_owned()), credential: None }
}

fn config(urls: &[&str]) -> Input {
    Input::IceServers(Some(IceConfig { servers: vec![server(urls)], hide_addresses: false, good_for: None }))
}

fn candidate(leg: Leg, line: &str) -> Input {
    Input::Candidate(leg, Some(line.to_owned()))
}

#[derive(Default)]
struct Page {
    check: Check,
    now: Millis,
}

impl Page {
    fn tell(&mut self, input: Input) -> Vec<Effect> {
        self.check.handle(input, self.now);
        std::iter::from_fn(|| self.check.poll()).collect()
    }

    /// Begun, with devices, tone and server well.
    fn well() -> Self {
        let mut page = Self::default();
        page.tell(Input::Start);
        page.tell(Input::Opened(Leg::Camera, Ok(())));
        page.tell(Input::Opened(Leg::Microphone, Ok(())));
        page.tell(Input::Pictures(FILM));
        page.tell(Input::Sound(VOICE));
        page.tell(Input::Heard(true));
        page.tell(Input::Connected(true));
        page
    }

    fn state(&self, leg: Leg) -> State {
        self.check.states()[leg as usize]
    }
}

#[test]
fn nothing_is_opened_before_the_person_begins_and_the_devices_are_asked_for_one_by_one() {
    let mut page = Page::default();
    assert_eq!((page.tell(Input::Wake), page.check.verdict()), (vec![], Verdict::Waiting));
    let begun = page.tell(Input::Start);
    assert_eq!(begun, [Effect::Open(Leg::Camera), Effect::Connect, Effect::FetchIceServers]);
    assert_eq!((page.check.verdict(), page.state(Leg::Speaker)), (Verdict::Trying, State::Asking));
    assert_eq!(page.tell(Input::Opened(Leg::Camera, Err(DeviceError::Denied))), [Effect::Open(Leg::Microphone)]);
    assert_eq!(page.state(Leg::Camera), State::Failed(Fault::Device(DeviceError::Denied)));
}

#[test]
fn all_is_well_with_every_kind_of_server() {
    let mut page = Page::well();
    let asked = page.tell(config(&[STUN_URL, UDP, TCP]));
    let gather = |leg, url| Effect::Gather { leg, servers: vec![server(&[url])], relay_only: leg != Leg::Stun };
    assert_eq!(asked, [gather(Leg::Stun, STUN_URL), gather(Leg::TurnUdp, UDP), gather(Leg::TurnTcp, TCP)]);
    assert_eq!(page.tell(candidate(Leg::Stun, "candidate:1 1 udp 1 203.0.113.9 9 typ srflx")), [Effect::Close(Leg::Stun)]);
    assert_eq!(page.tell(candidate(Leg::TurnUdp, RELAYED)), [Effect::Close(Leg::TurnUdp)]);
    assert_eq!(
        page.tell(candidate(Leg::TurnTcp, RELAYED)),
        [Effect::Close(Leg::TurnTcp), Effect::Relay(vec![server(&[UDP]), server(&[TCP])])]
    );
    assert_eq!(page.check.verdict(), Verdict::Trying);
    let over = page.tell(Input::Relayed(FILM));
    assert_eq!(over, [Effect::Close(Leg::Media), Effect::Close(Leg::Camera), Effect::Close(Leg::Microphone)]);
    assert_eq!((page.check.verdict(), page.check.states()), (Verdict::Good, &[State::Good; 8]));
}

#[test]
fn who_relays_over_udp_answers_for_stun_at_the_same_address_and_for_no_other() {
    for (stun, state) in [(STUN_URL, State::Good), ("stun:192.0.2.9:3478", State::Trying)] {
        let mut page = Page::well();
        page.tell(config(&[stun, UDP, TCP]));
        page.tell(candidate(Leg::TurnTcp, RELAYED));
        assert_eq!(page.state(Leg::Stun), State::Trying, "by TCP says nothing of it");
        page.tell(candidate(Leg::TurnUdp, RELAYED));
        assert_eq!(page.state(Leg::Stun), state, "{stun}");
    }
}

#[test]
fn a_server_that_names_no_others_is_no_fault() {
    let mut page = Page::well();
    page.tell(config(&[]));
    for leg in [Leg::Stun, Leg::TurnUdp, Leg::TurnTcp, Leg::Media] {
        assert_eq!(page.state(leg), State::Absent);
    }
    assert_eq!(page.check.verdict(), Verdict::Good);
}

#[test]
fn turn_blocked_over_udp_is_named_and_the_other_way_is_tried() {
    let mut page = Page::well();
    page.tell(config(&[UDP, TCP]));
    page.tell(candidate(Leg::TurnTcp, RELAYED));
    page.now += ANSWER;
    assert_eq!(page.tell(Input::Wake), [Effect::Close(Leg::TurnUdp), Effect::Relay(vec![server(&[UDP]), server(&[TCP])])]);
    assert_eq!(page.state(Leg::TurnUdp), State::Failed(Fault::OtherWay));
    page.tell(Input::Relayed(FILM));
    assert_eq!((page.state(Leg::TurnTcp), page.check.verdict()), (State::Good, Verdict::Limited));
}

#[test]
fn turn_blocked_either_way_is_a_fault_and_media_are_not_tried() {
    let mut page = Page::well();
    page.tell(config(&[UDP, TCP]));
    page.tell(Input::Candidate(Leg::TurnUdp, None));
    page.tell(Input::Unknown(Leg::TurnTcp));
    for leg in [Leg::TurnUdp, Leg::TurnTcp] {
        assert_eq!(page.state(leg), State::Failed(Fault::NoAnswer));
    }
    assert_eq!((page.state(Leg::Media), page.check.verdict()), (State::Failed(Fault::NotTried), Verdict::Failed));
}

#[test]
fn each_leg_that_never_answers_fails_in_its_time() {
    let mut page = Page::default();
    page.tell(Input::Start);
    page.now += 60_000;
    page.tell(Input::Wake);
    assert_eq!(page.state(Leg::Camera), State::Trying, "the browser may be asking the person");
    assert_eq!(page.state(Leg::Server), State::Failed(Fault::NoAnswer));
    assert_eq!(page.state(Leg::Media), State::Failed(Fault::NotTried));
    page.tell(Input::Opened(Leg::Camera, Ok(())));
    page.tell(Input::Opened(Leg::Microphone, Ok(())));
    page.now += WORD;
    page.tell(Input::Wake);
    assert_eq!(page.state(Leg::Camera), State::Failed(Fault::Nothing));
    assert_eq!(page.state(Leg::Microphone), State::Failed(Fault::Nothing));
    page.tell(Input::Sound(VOICE));
    assert_eq!(page.state(Leg::Microphone), State::Good, "a word said late is heard all the same");
}

#[test]
fn a_stun_server_that_names_the_browsers_own_address_has_answered() {
    let mut page = Page::well();
    page.tell(config(&[STUN_URL]));
    page.tell(candidate(Leg::Stun, "candidate:1 1 udp 1 192.0.2.7 9 typ host"));
    assert_eq!(page.state(Leg::Stun), State::Trying);
    page.tell(Input::Candidate(Leg::Stun, None));
    assert_eq!(page.state(Leg::Stun), State::Good);

    let mut page = Page::well();
    page.tell(config(&[STUN_URL]));
    page.now += STUN;
    page.tell(Input::Wake);
    assert_eq!(page.state(Leg::Stun), State::Failed(Fault::NoAnswer));
}

#[test]
fn begun_again_it_forgets_and_closes_what_was() {
    let mut page = Page::well();
    page.tell(Input::Heard(false));
    let again = page.tell(Input::Start);
    assert_eq!(again[..8], Leg::ALL.map(Effect::Close));
    assert_eq!(again[8..], [Effect::Open(Leg::Camera), Effect::Connect, Effect::FetchIceServers]);
    assert_eq!((page.state(Leg::Speaker), page.state(Leg::Microphone)), (State::Asking, State::Waiting));
}
