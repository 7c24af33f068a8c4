//! The few things the page asks of the browser itself. Called only from event handlers and effects, which never run on the server.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlDocument, HtmlInputElement};

use crate::locale;

/// Sets an attribute of `<html>`.
pub fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Fails only for names that are no attribute names.
        let _ = root.set_attribute(name, value);
    }
}

/// Says to whoever waits for it that the page is alive.
pub fn is_alive() {
    set_root_attribute("data-hydrated", "true");
    // Something failed on the way, but not for this page.
    remove(".boot-notice[data-failed]");
    mark("hydrated");
}

/// An attribute of `<html>`.
#[must_use]
pub fn root_attribute(name: &str) -> Option<String> {
    document().document_element()?.get_attribute(name)
}

/// Takes the first element that matches out of the document.
pub fn remove(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        element.remove();
    }
}

/// Sets a custom property of an element through the CSSOM, which the content security policy allows (`style=` it does not).
pub fn set_property(element: &web_sys::HtmlElement, name: &str, value: &str) {
    let _ = element.style().set_property(name, value);
}

/// Sets a custom property of `<html>`.
pub fn set_root_property(name: &str, value: &str) {
    if let Some(root) = document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) {
        set_property(&root, name, value);
    }
}

/// Keeps a cookie for a year, for this site only.
pub fn remember(name: &str, value: &str) {
    let document: HtmlDocument = document().unchecked_into();
    // Refused only where cookies are switched off; then the choice lasts as long as the page.
    let _ = document.set_cookie(&locale::remembered(name, value));
}

/// What a `<meta name=…>` says.
#[must_use]
pub fn meta(name: &str) -> Option<String> {
    document().query_selector(&format!("meta[name='{name}']")).ok()??.get_attribute("content")
}

/// `scheme://host:port` of the page.
#[must_use]
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Whether a media query matches now.
#[must_use]
pub fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Whether a property of `navigator` is there (some are not on insecure pages or in older browsers).
fn navigator_has(name: &str) -> bool {
    js_sys::Reflect::get(&window().navigator(), &JsValue::from_str(name))
        .is_ok_and(|value| !value.is_undefined() && !value.is_null())
}

/// Whether there is a share sheet.
#[must_use]
pub fn can_share() -> bool {
    navigator_has("share")
}

/// Opens the share sheet. Must run in the click's own turn.
pub fn share(text: &str, url: &str) {
    let data = web_sys::ShareData::new();
    data.set_text(text);
    data.set_url(url);
    let sheet = window().navigator().share_with_data(&data);
    // Refused when the person closes the sheet: nothing to say.
    leptos::task::spawn_local(async move {
        let _ = wasm_bindgen_futures::JsFuture::from(sheet).await;
    });
}

/// Puts a text on the clipboard and tells `done` whether it got there. Must run in the click's own turn.
///
/// Where the clipboard is out of reach, `field` (read-only, in the document, hidden from keyboards and screen readers) gets the text
/// and the old way of copying is tried; if that fails too, the text stays selected in the field, within reach, to be copied by hand.
pub fn copy(text: String, field: Option<HtmlInputElement>, done: impl Fn(bool) + 'static) {
    if !navigator_has("clipboard") {
        done(copy_selected(&text, field));
        return;
    }
    let written = window().navigator().clipboard().write_text(&text);
    leptos::task::spawn_local(async move {
        if wasm_bindgen_futures::JsFuture::from(written).await.is_ok() {
            field.iter().for_each(|field| put_in_reach(field, false));
            done(true);
        } else {
            done(copy_selected(&text, field));
        }
    });
}

fn copy_selected(text: &str, field: Option<HtmlInputElement>) -> bool {
    let Some(field) = field else { return false };
    let before = document().active_element().and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    field.set_value(text);
    // What has the focus must not be hidden from anybody.
    put_in_reach(&field, true);
    let _ = field.focus();
    field.select();
    let document: HtmlDocument = document().unchecked_into();
    let copied = document.exec_command("copy").unwrap_or(false);
    if copied {
        // Fails only for what can't have the focus.
        let _ = before.map(|before| before.focus());
        put_in_reach(&field, false);
    }
    copied
}

/// Lets keyboards and screen readers reach a field, or hides it from them.
fn put_in_reach(field: &HtmlInputElement, yes: bool) {
    field.set_tab_index(if yes { 0 } else { -1 });
    // Fails only for names that are no attribute names.
    let _ = field.set_attribute("aria-hidden", if yes { "false" } else { "true" });
}

/// Hours and minutes of a moment (Unix milliseconds) where the visitor is, and the same for machines (ISO 8601).
#[must_use]
pub fn local_time(at: u64) -> (String, String) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
    let date = js_sys::Date::new(&JsValue::from_f64(at as f64));
    (format!("{:02}:{:02}", date.get_hours(), date.get_minutes()), date.to_iso_string().into())
}

/// Sets the User Timing mark `baylanys:<name>`.
pub fn mark(name: &str) {
    if let Some(performance) = window().performance() {
        let _ = performance.mark(&format!("baylanys:{name}"));
    }
}

/// Adds a paragraph behind the others in an element, of which it keeps the last `kept`.
pub fn add_line(element: &web_sys::Element, text: &str, kept: usize) {
    if let Ok(line) = document().create_element("p") {
        line.set_text_content(Some(text));
        // Fails only for an element that would be its own ancestor.
        let _ = element.append_child(&line);
    }
    while element.child_element_count() as usize > kept {
        element.first_element_child().iter().for_each(web_sys::Element::remove);
    }
}

/// Whether what has the keyboard's focus is in the element with this id.
#[must_use]
pub fn has_focus_in(id: &str) -> bool {
    let element = document().get_element_by_id(id);
    element.zip(document().active_element()).is_some_and(|(element, active)| element.contains(Some(&active)))
}

/// Gives the keyboard's focus to the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Whether keystrokes of this event go into a text field.
#[must_use]
pub fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    event.target().is_some_and(|target| takes_text(target.into()))
}

/// Whether a text field has the keyboard's focus.
#[must_use]
pub fn is_writing() -> bool {
    document().active_element().is_some_and(|element| takes_text(element.into()))
}

fn takes_text(target: JsValue) -> bool {
    target.dyn_into::<web_sys::HtmlElement>().is_ok_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || element.is_content_editable()
    })
}

/// How far apart the halves of a double click may be, in CSS pixels. Two controls beside each other are farther apart: who taps one
/// soon after the other means both.
const DOUBLE_CLICK_WITHIN: i32 = 12;

/// From now on the second half of a double click does nothing to what has taken the place of the control clicked.
pub fn keep_double_clicks_together() {
    let clicked = std::cell::RefCell::new((None::<web_sys::Element>, (0, 0)));
    let listener = Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let control =
            target.and_then(|target| target.closest("button, a, input, select, textarea, label, summary").ok().flatten());
        let (x, y) = (event.client_x(), event.client_y());
        if event.detail() < 2 {
            clicked.replace((control, (x, y)));
            return;
        }
        let (first, (first_x, first_y)) = &*clicked.borrow();
        if *first != control && (x - first_x).abs().max((y - first_y).abs()) <= DOUBLE_CLICK_WITHIN {
            event.stop_immediate_propagation();
            event.prevent_default();
        }
    });
    // Before anybody else hears of it. The window keeps it.
    let _ = window().add_event_listener_with_callback_and_bool("click", listener.into_js_value().unchecked_ref(), true);
}

/// A text kept for this tab.
#[must_use]
pub fn kept(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// Keeps a text for this tab; an empty one is forgotten.
pub fn keep(key: &str, text: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        // A full or forbidden storage only costs the draft after a reload.
        let _ = if text.is_empty() { storage.remove_item(key) } else { storage.set_item(key, text) };
    }
}
