//! The page as the server has rendered it: its list of legs, and its words for every outcome, which are only copied to their place.

use protocol::{
    check::{Check, Leg, State, Verdict},
    client::METER_STEPS,
};
use wasm_bindgen::JsCast;
use web::listener::Listener;
use web_sys::{Document, Element, Event, HtmlDocument, HtmlVideoElement, MediaStream, Window};

use super::pressed;

/// The page's elements.
pub(super) struct Sheet {
    document: Document,
    main: Element,
    _clicks: Listener,
}

impl Sheet {
    /// Finds them, and listens to the buttons. `None`: it is another page.
    pub(super) fn find(window: &Window) -> Option<Self> {
        let document = window.document()?;
        let main = document.query_selector("[data-check]").ok()??;
        let reload = window.location();
        let page: HtmlDocument = document.clone().unchecked_into();
        let clicks = Listener::new::<Event>(&document, "click", move |event| {
            let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
            let near = |name: &str| target.closest(&format!("[{name}]")).ok()??.get_attribute(name);
            if let Some(what) = near("data-do") {
                pressed(&what);
            } else if let Some(cookie) = near("data-cookie") {
                // The words of one language are on the page: those of another come with it anew.
                let _ = page.set_cookie(&cookie);
                let _ = reload.reload();
            }
        });
        Some(Self { document, main, _clicks: clicks })
    }

    /// Says to whoever waits for it that the page is alive.
    pub(super) fn is_alive(&self) {
        set(self.document.document_element(), "data-hydrated", "true");
        // Something failed on the way, but not for this page.
        if let Ok(Some(notice)) = self.document.query_selector(".boot-notice[data-failed]") {
            notice.remove();
        }
    }

    pub(super) fn document(&self) -> Document {
        self.document.clone()
    }

    fn one(&self, selector: &str) -> Option<Element> {
        self.main.query_selector(selector).ok()?
    }

    fn in_leg(&self, leg: Leg, selector: &str) -> Option<Element> {
        self.one(&format!("[data-leg='{}'] {selector}", leg.name()))
    }

    /// A text of the page by its name; empty if it has none.
    fn word(&self, name: &str) -> String {
        self.one(&format!("[data-word='{name}']")).and_then(|word| word.text_content()).unwrap_or_default()
    }

    /// Shows how everything stands.
    pub(super) fn show(&self, check: &Check) {
        let mut failed = String::new();
        for (leg, state) in Leg::ALL.into_iter().zip(check.states()) {
            let name = leg.name();
            let advice = match state {
                State::Failed(fault) => {
                    let leg = self.in_leg(leg, ".leg__name").and_then(|name| name.text_content()).unwrap_or_default();
                    failed = if failed.is_empty() { leg } else { format!("{failed}; {leg}") };
                    self.word(&format!("{name}-{}", fault.name()))
                }
                State::Absent => self.word(&format!("{name}-absent")),
                _ => String::new(),
            };
            set(self.one(&format!("[data-leg='{name}']")), "data-state", state.name());
            say(self.in_leg(leg, "[data-says='state']"), &self.word(state.name()));
            say(self.in_leg(leg, "[data-says='advice']"), &advice);
        }
        let verdict = check.verdict();
        set(Some(self.main.clone()), "data-check", verdict.name());
        let words = match verdict {
            Verdict::Limited | Verdict::Failed => format!("{} {failed}.", self.word(&format!("verdict-{}", verdict.name()))),
            _ => self.word(&format!("verdict-{}", verdict.name())),
        };
        say(self.one("[data-verdict]"), &words);
        if verdict != Verdict::Waiting {
            say(self.one("[data-do='start']"), &self.word("again"));
        }
    }

    /// Shows the camera's picture or the microphone's meter, or neither any more.
    pub(super) fn live(&self, leg: Leg, stream: Option<&MediaStream>) {
        let Some(element) = self.in_leg(leg, "video, .leg__meter") else { return };
        if let Some(video) = element.dyn_ref::<HtmlVideoElement>() {
            video.set_muted(true);
            video.set_src_object(stream);
            if stream.is_some() {
                // What is muted may always play.
                let _ = video.play();
            }
        }
        let _ = element.toggle_attribute_with_force("data-live", stream.is_some());
    }

    /// How far the camera's film has come, in seconds.
    pub(super) fn video_time(&self) -> f64 {
        let video = self.one("video").and_then(|video| video.dyn_into::<HtmlVideoElement>().ok());
        video.filter(|video| video.video_width() > 0).map_or(0.0, |video| video.current_time())
    }

    /// The meter's steps.
    pub(super) fn level(&self, level: u8) {
        let Some(meter) = self.one(".leg__meter") else { return };
        let steps = meter.children();
        for step in 0..METER_STEPS {
            set(steps.item(step.into()), "data-on", if step < level { "true" } else { "false" });
        }
    }

    /// A tone was played: the person can tell now.
    pub(super) fn played(&self) {
        set(self.one(".leg__answers"), "data-played", "true");
    }
}

fn set(element: Option<Element>, name: &str, value: &str) {
    if let Some(element) = element {
        // Fails only for names that are no attribute names.
        let _ = element.set_attribute(name, value);
    }
}

/// Only what is new: a live region would say the same again.
fn say(element: Option<Element>, words: &str) {
    if let Some(element) = element.filter(|element| element.text_content().as_deref() != Some(words)) {
        element.set_text_content(Some(words));
    }
}
