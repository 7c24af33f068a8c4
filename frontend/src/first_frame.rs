//! Watches for the first picture of another person that is not black: what a person waits for after accepting.
//!
//! Only while the owner says that the camera is on, and only until it is found; painted frames decide nothing else.

use js_sys::{Function, Object, Reflect};
use protocol::{
    client::{CallView, View},
    id::ParticipantId,
    message::SourceState,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{CanvasRenderingContext2d, Document, Event, HtmlCanvasElement, HtmlVideoElement};

use crate::{
    bindings::FrameSource,
    engine, event,
    listener::{Listener, drop_later},
    streams::Streams,
};

/// The picture is looked at this small.
const SIDE: u32 = 8;
/// A colour value above this is light. Black comes out as 0, or up to 16 where a browser forgets the video's limited range.
const LIGHT: u8 = 28;
/// After so many dark frames the watch ends: a covered lens is not worth the work.
const PATIENCE: u32 = 300;

/// Everyone's pictures that are being watched.
#[derive(Default)]
pub(crate) struct Watches(Vec<Watch>);

impl Watches {
    /// Watches everyone in the call who says that the camera is on, and nobody else.
    pub(crate) fn follow(&mut self, view: &View, streams: &Streams, document: &Document) {
        let in_call = matches!(view.call, CallView::Active { .. });
        let on = |id| in_call && view.others.iter().any(|tile| tile.id == id && tile.in_call && tile.camera == SourceState::On);
        // An element may have been made anew meanwhile.
        let same = |watch: &Watch| streams.peer_video(watch.peer).is_none_or(|video| watch.video.is_same_node(Some(&video)));
        self.0.retain(|watch| on(watch.peer) && same(watch));
        for tile in &view.others {
            if on(tile.id)
                && self.0.iter().all(|watch| watch.peer != tile.id)
                && let Some(video) = streams.peer_video(tile.id)
            {
                self.0.push(Watch::new(tile.id, video, canvas(document)));
            }
        }
    }

    /// Looks at the frame shown now. True once: when it is the first that is not black.
    pub(crate) fn found(&mut self, peer: ParticipantId) -> bool {
        self.0.iter_mut().any(|watch| watch.peer == peer && watch.found())
    }

    /// Watches this person no longer.
    pub(crate) fn forget(&mut self, peer: ParticipantId) {
        self.0.retain(|watch| watch.peer != peer);
    }
}

/// One person's picture being watched.
struct Watch {
    peer: ParticipantId,
    video: FrameSource,
    canvas: Option<CanvasRenderingContext2d>,
    look: Option<Look>,
    dark: u32,
}

/// How the watch is woken.
enum Look {
    /// By every painted frame.
    Frames { callback: Option<Closure<dyn Fn()>>, handle: f64 },
    /// Where `requestVideoFrameCallback` is missing: by what comes near to it.
    Events { _listeners: [Listener; 2] },
}

impl Watch {
    /// Begins to watch; every look is an `Event::Frame`.
    fn new(peer: ParticipantId, video: HtmlVideoElement, canvas: Option<CanvasRenderingContext2d>) -> Self {
        let look = move || engine::dispatch(event::Event::Frame(peer));
        let by_frame = Reflect::has(&video, &JsValue::from_str("requestVideoFrameCallback")).unwrap_or(false);
        let video: FrameSource = video.unchecked_into();
        let look = if by_frame {
            let callback = Closure::<dyn Fn()>::new(look);
            let handle = video.request_frame(function(&callback));
            Look::Frames { callback: Some(callback), handle }
        } else {
            let on = |event| Listener::new::<Event>(&video, event, move |_| look());
            Look::Events { _listeners: [on("loadeddata"), on("timeupdate")] }
        };
        Self { peer, video, canvas, look: Some(look), dark: 0 }
    }

    fn found(&mut self) -> bool {
        let light = match &mut self.look {
            None => return false,
            Some(look) => {
                let light = self.canvas.as_ref().and_then(|canvas| is_light(canvas, &self.video)).unwrap_or(false);
                if !light && let Look::Frames { callback: Some(callback), handle } = look {
                    *handle = self.video.request_frame(function(callback));
                }
                light
            }
        };
        self.dark += 1;
        if light || self.dark > PATIENCE {
            self.end();
        }
        light
    }

    fn end(&mut self) {
        if let Some(Look::Frames { callback, handle }) = &mut self.look {
            self.video.cancel_frame(*handle);
            if let Some(callback) = callback.take() {
                drop_later(callback);
            }
        }
        self.look = None;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

fn function(callback: &Closure<dyn Fn()>) -> &Function {
    callback.as_ref().unchecked_ref()
}

/// A canvas kept in the machine's memory: one on the graphics card would make every look wait for the card.
fn canvas(document: &Document) -> Option<CanvasRenderingContext2d> {
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(SIDE);
    canvas.set_height(SIDE);
    let options = Object::new();
    let _ = Reflect::set(&options, &JsValue::from_str("willReadFrequently"), &JsValue::TRUE);
    canvas.get_context_with_context_options("2d", &options).ok()?.map(JsCast::unchecked_into)
}

fn is_light(canvas: &CanvasRenderingContext2d, video: &HtmlVideoElement) -> Option<bool> {
    let side = f64::from(SIDE);
    canvas.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, side, side).ok()?;
    let pixels = canvas.get_image_data(0.0, 0.0, side, side).ok()?.data();
    // Every fourth value is the opacity.
    Some(pixels.0.iter().enumerate().any(|(index, value)| index % 4 != 3 && *value > LIGHT))
}
