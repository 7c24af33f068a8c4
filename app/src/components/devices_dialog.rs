//! Which camera and which microphone, and whether the microphone hears.

use leptos::prelude::*;
use protocol::client::{Command, Device, DeviceChoice, DeviceView, METER_STEPS};

use crate::{
    call::use_call,
    components::{data_saver::DataSaver, modal::Modal, shown::Shown},
    i18n::{Texts, use_i18n},
    page::use_page,
};

/// Opens from the controls. A choice takes effect at once.
#[component]
pub fn DevicesDialog() -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let open = use_page().devices_open;
    let close = move || open.set(false);
    Effect::new({
        let call = call.clone();
        move || call.meter(open.get())
    });
    let choices = call.view.choices;
    let nothing = move || choices.with(Vec::is_empty);
    view! {
        <Modal open on_close=Callback::new(move |()| close()) class="modal--devices" labelled_by="devices-title">
            <h2 class="modal__title" id="devices-title">
                {t.of(|t| t.devices)}
            </h2>
            <div class="form devices">
                <Shown when=nothing>
                    <p class="devices__nothing">{t.of(|t| t.no_choice)}</p>
                </Shown>
                <Picker device=Device::Camera label=|t| t.camera />
                <Picker device=Device::Microphone label=|t| t.microphone />
                <Meter />
                <DataSaver />
            </div>
            <div class="modal__buttons">
                <a class="button button--quiet" href="/check" target="_blank" rel="noopener external">
                    {t.of(|t| t.link.check)}
                </a>
                <button class="button" type="button" on:click=move |_| close()>
                    {t.of(|t| t.close)}
                </button>
            </div>
        </Modal>
    }
    .into_any()
}

/// The devices of one kind; nothing while there is none.
#[component]
fn Picker(
    /// The kind.
    device: Device,
    /// Its name.
    label: fn(&'static Texts) -> &'static str,
) -> impl IntoView {
    let t = use_i18n();
    let call = use_call();
    let choices = call.view.choices;
    let of_kind = Memo::new(move |_| {
        choices.with(|choices| choices.iter().filter(|choice| choice.info.device == device).cloned().collect::<Vec<_>>())
    });
    let chosen = Callback::new(move |id: String| call.send(Command::Choose { device, id }));
    let some = move || of_kind.with(|choices| !choices.is_empty());
    view! {
        <Shown when=some>
            <label class="field field--list">
                <span class="field__label">{t.of(label)}</span>
                <select class="devices__select" on:change=move |event| chosen.run(event_target_value(&event))>
                    {move || {
                        let name = label(t.texts());
                        of_kind.get().into_iter().enumerate().map(|(index, choice)| option(index, choice, name)).collect_view()
                    }}
                </select>
            </label>
        </Shown>
    }
    .into_any()
}

/// A device by its name, or by its number where the browser keeps that to itself.
fn option(index: usize, DeviceChoice { info, used }: DeviceChoice, kind: &str) -> AnyView {
    let name = if info.label.is_empty() { format!("{kind} {}", index + 1) } else { info.label };
    view! {
        <option value=info.id selected=used>
            {name}
        </option>
    }
    .into_any()
}

/// How loud the microphone is.
#[component]
fn Meter() -> impl IntoView {
    let t = use_i18n();
    let view = use_call().view;
    let on = move || view.me.with(|me| me.microphone == DeviceView::On);
    let hint = move || if on() { t.texts().meter_hint } else { t.texts().meter_off };
    view! {
        <div class="meter">
            <div
                class="meter__steps"
                role="meter"
                aria-label=t.of(|t| t.meter)
                aria-valuemin="0"
                aria-valuemax=METER_STEPS.to_string()
                aria-valuenow=move || view.level.get().to_string()
                data-level=move || view.level.get().to_string()
            >
                {(0..METER_STEPS)
                    .map(|step| view! { <span class="meter__step" data-on=move || (view.level.get() > step).to_string()></span> }.into_any())
                    .collect_view()}
            </div>
            <p class="field__hint">{move || hint()}</p>
        </div>
    }
    .into_any()
}
