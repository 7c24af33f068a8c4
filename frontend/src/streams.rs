//! Which picture belongs to which `<video>`, and the others' sound.
//!
//! A `<video data-video=KEY>` is found by its key; no stream is ever in a signal. Pictures are always muted: sound has elements of
//! its own, because a `<video>` whose camera sends nothing never begins to play, and would keep the sound of a person without camera.

use app::call::{OWN_VIDEO, peer_video};
use js_sys::{Array, Reflect};
use protocol::id::ParticipantId;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Document, HtmlMediaElement, HtmlVideoElement, MediaStream, MediaStreamTrack};

use crate::{engine, event};

/// Pictures by key, and sounds by participant.
pub(crate) struct Streams {
    document: Document,
    pictures: Vec<(String, MediaStream)>,
    sounds: Vec<(ParticipantId, HtmlMediaElement)>,
}

impl Streams {
    /// None yet.
    pub(crate) fn new(document: Document) -> Self {
        Self { document, pictures: Vec::new(), sounds: Vec::new() }
    }

    /// The own preview shows this camera now, or nothing.
    pub(crate) fn show_own(&mut self, camera: Option<&MediaStreamTrack>) {
        self.show(OWN_VIDEO.to_owned(), camera);
    }

    /// Another's picture and sound come from these tracks, or from nowhere any more.
    pub(crate) fn show_peer(
        &mut self,
        peer: ParticipantId,
        camera: Option<&MediaStreamTrack>,
        microphone: Option<&MediaStreamTrack>,
    ) {
        self.show(peer_video(peer), camera);
        match (self.sounds.iter().position(|(id, _)| *id == peer), microphone) {
            (Some(index), Some(track)) => {
                if let Some((_, element)) = self.sounds.get(index) {
                    feed(element, track);
                }
            }
            (None, Some(track)) => {
                let made = self.document.create_element("audio").ok().map(JsCast::unchecked_into::<HtmlMediaElement>);
                if let (Some(element), Some(body)) = (made, self.document.body()) {
                    let _ = body.append_child(&element);
                    feed(&element, track);
                    self.sounds.push((peer, element));
                }
            }
            (Some(index), None) => {
                let (_, element) = self.sounds.swap_remove(index);
                element.set_src_object(None);
                element.remove();
            }
            (None, None) => {}
        }
    }

    /// The `<video>` of this key is in the document now.
    pub(crate) fn mounted(&self, key: &str) {
        let stream = self.pictures.iter().find(|(of, _)| of == key).map(|(_, stream)| stream);
        if let Some(video) = self.video(key) {
            attach(&video, stream);
        }
    }

    /// The `<video>` of another's picture, if it is in the document.
    pub(crate) fn peer_video(&self, peer: ParticipantId) -> Option<HtmlVideoElement> {
        self.video(&peer_video(peer))
    }

    /// Plays everything. Best within a person's touch, which lifts the browser's refusal.
    pub(crate) fn play_all(&self) {
        for (_, element) in &self.sounds {
            play(element);
        }
        for (key, _) in &self.pictures {
            if let Some(video) = self.video(key) {
                play(&video);
            }
        }
    }

    fn show(&mut self, key: String, track: Option<&MediaStreamTrack>) {
        let stream = track.and_then(stream_of);
        if let Some(video) = self.video(&key) {
            attach(&video, stream.as_ref());
        }
        self.pictures.retain(|(of, _)| *of != key);
        if let Some(stream) = stream {
            self.pictures.push((key, stream));
        }
    }

    fn video(&self, key: &str) -> Option<HtmlVideoElement> {
        // Keys are `self` or `peer-` with hexadecimal digits: nothing to escape.
        self.document.query_selector(&format!("video[data-video='{key}']")).ok()?.map(JsCast::unchecked_into)
    }
}

fn stream_of(track: &MediaStreamTrack) -> Option<MediaStream> {
    MediaStream::new_with_tracks(&Array::of1(track)).ok()
}

fn feed(element: &HtmlMediaElement, track: &MediaStreamTrack) {
    element.set_src_object(stream_of(track).as_ref());
    play(element);
}

fn attach(video: &HtmlVideoElement, stream: Option<&MediaStream>) {
    if video.src_object().as_ref() == stream {
        return;
    }
    // As properties: a `muted` attribute counts only when the element is parsed.
    video.set_muted(true);
    let _ = Reflect::set(video, &JsValue::from_str("playsInline"), &JsValue::TRUE);
    video.set_src_object(stream);
    if stream.is_some() {
        play(video);
    }
}

/// Plays, and reports if the browser wants a touch first. (Another rejection, `AbortError`, only says that something newer plays.)
fn play(element: &HtmlMediaElement) {
    let Ok(begun) = element.play() else { return };
    spawn_local(async move {
        if let Err(error) = JsFuture::from(begun).await
            && Reflect::get(&error, &JsValue::from_str("name")).is_ok_and(|name| name == "NotAllowedError")
        {
            engine::dispatch(event::Event::PlayRefused);
        }
    });
}
