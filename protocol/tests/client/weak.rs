//! A weak line: what is sent over it, what the person is told and asked, and what the data saver does.

use super::support::*;

const SENT: Sent = Sent { width: 1280.0, full_width: 1280.0, full_height: 720.0, line: 2e6, machine: false, narrow: false };

/// Seconds of a call as the browser counts them.
struct Line {
    second: f64,
    lost: f64,
}

impl Line {
    const fn new() -> Self {
        Self { second: 0.0, lost: 0.0 }
    }

    /// The next second, in which this share is lost each way.
    fn second(&mut self, page: &mut Page, lost: f64) -> Vec<Effect> {
        self.second += 1.0;
        self.lost += 50.0 * lost;
        let packets = 50.0 * self.second - self.lost;
        let incoming = Incoming { packets, lost: self.lost, width: 640.0, height: 360.0, ..Incoming::default() };
        let bytes = 50_000.0 * self.second;
        let measured = Measured {
            sound: incoming,
            picture: incoming,
            sent: SENT,
            told: [Told { lost, age: 1.0 }; 3],
            round_trip: Some(0.05),
            bytes_in: bytes,
            bytes_out: bytes,
            ..Measured::default()
        };
        page.peer(PeerEvent::Measured(Box::new(measured)))
    }

    /// What was done in so many of them.
    fn seconds(&mut self, page: &mut Page, many: usize, lost: f64) -> Vec<Effect> {
        (0..many).flat_map(|_| self.second(page, lost)).collect()
    }
}

fn limit(height: u32, frames: Option<u32>, bitrate: u32) -> Effect {
    op(PeerOp::Limit(Limit { height: Some(height), frames, bitrate: Some(bitrate) }))
}

fn level(page: &Page) -> Option<Level> {
    page.session.view().others[0].quality
}

fn offer(page: &Page) -> Option<Offer> {
    page.session.view().weak.offer
}

#[test]
fn a_line_that_gets_poor_is_sent_less_then_asks_and_comes_back_slowly() {
    let (mut page, mut line) = (Page::in_call(), Line::new());
    assert_eq!(level(&page), None, "nothing is known yet");
    assert_eq!(line.seconds(&mut page, 5, 0.0), []);
    assert_eq!(level(&page), Some(Level::Good));

    let steps = line.seconds(&mut page, 14, 0.2);
    let lowest = limit(180, Some(8), 100_000);
    assert_eq!(steps, [limit(540, None, 1_200_000), limit(360, None, 600_000), limit(270, Some(15), 250_000), lowest]);
    assert_eq!((level(&page), offer(&page)), (Some(Level::Poor), None));
    assert_eq!(line.seconds(&mut page, 6, 0.2), []);
    assert_eq!(offer(&page), Some(Offer::CameraOff), "nothing more can be taken from the picture");
    assert_eq!(page.session.view().me.camera, DeviceView::On, "never by itself");

    let back = line.seconds(&mut page, 40, 0.0);
    let off = op(PeerOp::Limit(Limit::default()));
    assert_eq!(back, [limit(270, Some(15), 250_000), limit(360, None, 600_000), limit(540, None, 1_200_000), off]);
    assert_eq!((level(&page), offer(&page)), (Some(Level::Good), None));
}

#[test]
fn the_camera_goes_with_consent_and_is_offered_back() {
    let (mut page, mut line) = (Page::in_call(), Line::new());
    line.seconds(&mut page, 30, 0.2);
    assert_eq!(offer(&page), Some(Offer::CameraOff));
    let answered = page.want(Command::AnswerOffer(true));
    assert_eq!(answered[0], Effect::CloseDevice(Device::Camera));
    assert!(!answered.iter().any(|effect| matches!(effect, Effect::Remember(_))), "for this call only");
    assert_eq!(page.session.view().me.camera, DeviceView::Off);
    assert_eq!(page.session.view().me.microphone, DeviceView::On, "the sound stays");

    line.seconds(&mut page, 9, 0.0);
    assert_eq!(offer(&page), None, "not before it is sure");
    line.seconds(&mut page, 4, 0.0);
    assert_eq!(offer(&page), Some(Offer::CameraOn));
    let back = page.want(Command::AnswerOffer(true));
    assert!(matches!(back[0], Effect::OpenDevices { camera: Some(_), microphone: None, .. }), "{back:?}");
    assert_eq!(offer(&page), None);
}

#[test]
fn who_wants_the_picture_all_the_same_is_not_asked_again() {
    let (mut page, mut line) = (Page::in_call(), Line::new());
    line.seconds(&mut page, 30, 0.2);
    page.want(Command::AnswerOffer(false));
    line.seconds(&mut page, 60, 0.2);
    assert_eq!((offer(&page), page.session.view().me.camera), (None, DeviceView::On));
}

#[test]
fn a_camera_switched_off_without_being_asked_is_not_offered_back() {
    let (mut page, mut line) = (Page::in_call(), Line::new());
    page.want(Command::SetCamera(false));
    line.seconds(&mut page, 30, 0.0);
    assert_eq!(offer(&page), None);
}

#[test]
fn the_data_saver_limits_both_directions_and_is_remembered() {
    let mut page = Page::in_call();
    let saved = limit(270, Some(15), 127_500);
    let said = |effects: &[Effect]| {
        let letters = effects.iter().filter_map(|effect| match effect {
            Effect::Peer { op: PeerOp::Control(message), .. } => Some(message.body.clone()),
            _ => None,
        });
        letters.collect::<Vec<_>>()
    };
    let on = page.want(Command::SaveData(true));
    assert_eq!(on[0], saved);
    assert_eq!(said(&on), [PeerBody::Prefer { video_max: Some(150) }]);
    assert!(on.contains(&Effect::Remember(Preferences { video_max: Some(150), ..Preferences::default() })), "{on:?}");
    assert!(page.session.view().weak.data_saver);
    let off = page.want(Command::SaveData(false));
    assert_eq!(off[0], op(PeerOp::Limit(Limit::default())));
    assert_eq!(said(&off), [PeerBody::Prefer { video_max: None }]);
}

#[test]
fn a_wish_that_may_have_been_lost_with_the_others_socket_is_said_again() {
    let mut page = Page::in_call();
    page.want(Command::SaveData(true));
    page.hear(ServerMessage::Member { member: Member { presence: Presence::Lost, ..member(FRIEND, "Ерлан") } });
    let back = page.hear(ServerMessage::Member { member: member(FRIEND, "Ерлан") });
    let wish = PeerBody::Prefer { video_max: Some(150) };
    assert!(sent(&back).iter().any(|m| matches!(m, ClientMessage::Peer { message } if message.body == wish)), "{back:?}");
}

#[test]
fn what_the_other_end_wishes_is_kept_and_the_smaller_wish_counts() {
    let mut page = Page::in_call();
    assert_eq!(page.hear(letter(5, PeerBody::Prefer { video_max: Some(150) })), [limit(270, Some(15), 127_500)]);
    assert_eq!(page.hear(letter(6, PeerBody::Prefer { video_max: Some(100) })), [limit(270, Some(15), 85_000)]);
    page.want(Command::SaveData(true));
    assert_eq!(page.hear(letter(7, PeerBody::Prefer { video_max: None })), [limit(270, Some(15), 127_500)]);
}

#[test]
fn what_a_call_takes_is_counted_anew_with_each() {
    let (mut page, mut line) = (Page::in_call(), Line::new());
    line.seconds(&mut page, 11, 0.0);
    assert_eq!(page.session.view().weak.used, 1_000, "kilobytes; what went before the first look is of no call");
    page.want(Command::HangUp);
    assert_eq!(page.session.view().weak.used, 1_000, "to be read afterwards");
    assert_eq!((level(&page), page.session.view().weak.links), (None, vec![]));
}

#[test]
fn what_does_not_arrive_is_said_for_each_source() {
    let mut page = Page::in_call();
    let mut friend = member(FRIEND, "Ерлан");
    let on = Source { state: SourceState::On, mid: None };
    friend.media = Media { counter: 5, camera: on.clone(), microphone: on, ..Media::default() };
    page.hear(ServerMessage::Member { member: friend });
    let mut line = Line::new();
    let mut second = |page: &mut Page, sound, picture| {
        for _ in 0..2 {
            page.peer(PeerEvent::Received { slot: Slot::Microphone, packets: sound });
            page.peer(PeerEvent::Received { slot: Slot::Camera, packets: picture });
        }
        line.second(page, 0.0);
        let tile = page.session.view().others[0].clone();
        (tile.interrupted, tile.unheard, tile.quality == Some(Level::Lost))
    };
    assert_eq!(second(&mut page, 10, 10), (false, false, false));
    for picture in [20, 30] {
        assert_eq!(second(&mut page, 10, picture), (false, false, false));
    }
    assert_eq!(second(&mut page, 10, 40), (false, true, false), "three seconds without a sound");
    assert_eq!(second(&mut page, 20, 40), (false, false, false), "it is back by itself");
    second(&mut page, 30, 40);
    assert_eq!(second(&mut page, 40, 40), (true, false, true), "three seconds without a picture");
    assert_eq!(second(&mut page, 50, 50), (false, false, false));
}
