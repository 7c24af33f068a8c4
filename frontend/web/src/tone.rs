//! Soft tones made on the spot, no file, no request.

use wasm_bindgen::JsValue;
use web_sys::{AudioContext, GainNode, OscillatorType};

/// A tone: when it begins and how long it is, in seconds, its pitch in hertz, its loudness from 0 to 1.
pub struct Tone(pub f64, pub f64, pub f32, pub f32);

/// The ring tone: a rising figure, twice.
pub const RING: [Tone; 6] = [
    Tone(0.0, 0.28, 587.33, 0.10),
    Tone(0.16, 0.28, 739.99, 0.10),
    Tone(0.32, 0.60, 880.00, 0.12),
    Tone(1.1, 0.28, 587.33, 0.10),
    Tone(1.26, 0.28, 739.99, 0.10),
    Tone(1.42, 0.60, 880.00, 0.12),
];

/// A tone with a soft beginning and end: a bare one clicks.
///
/// # Errors
/// The browser's exception.
pub fn play(context: &AudioContext, out: &GainNode, Tone(start, length, pitch, loudness): &Tone) -> Result<(), JsValue> {
    let start = context.current_time() + start;
    let end = start + length;
    let oscillator = context.create_oscillator()?;
    oscillator.set_type(OscillatorType::Sine);
    oscillator.frequency().set_value(*pitch);
    let envelope = context.create_gain()?;
    let gain = envelope.gain();
    gain.set_value_at_time(0.0, start)?;
    gain.linear_ramp_to_value_at_time(*loudness, start + 0.03)?;
    gain.linear_ramp_to_value_at_time(0.0, end)?;
    oscillator.connect_with_audio_node(&envelope)?;
    envelope.connect_with_audio_node(out)?;
    oscillator.start_with_when(start)?;
    oscillator.stop_with_when(end)
}
