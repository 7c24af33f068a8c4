//! Listens to a microphone and says how loud it is. What that means is `protocol`'s.

use js_sys::Array;
use protocol::client::meter_steps;
use wasm_bindgen::JsValue;
use web_sys::{AnalyserNode, AudioContext, AudioContextState, MediaStream, MediaStreamAudioSourceNode, MediaStreamTrack};

/// How many samples are looked at: 85 ms at 48 kHz, so that hardly any sound falls between two looks.
const SAMPLES: u32 = 4096;

/// A track that is listened to; nothing of it is played.
pub struct Ear {
    track: MediaStreamTrack,
    context: AudioContext,
    source: MediaStreamAudioSourceNode,
    analyser: AnalyserNode,
}

impl Ear {
    /// Begins to listen.
    ///
    /// # Errors
    /// The browser's exception.
    pub fn new(track: &MediaStreamTrack) -> Result<Self, JsValue> {
        let context = AudioContext::new()?;
        if context.state() == AudioContextState::Suspended {
            // Refused until the page is touched; it was, to open the meter.
            let _ = context.resume();
        }
        let source = context.create_media_stream_source(&MediaStream::new_with_tracks(&Array::of1(track))?)?;
        let analyser = context.create_analyser()?;
        analyser.set_fft_size(SAMPLES);
        source.connect_with_audio_node(&analyser)?;
        // The handle, not the browser's `clone()`.
        Ok(Self { track: Clone::clone(track), context, source, analyser })
    }

    /// Whether it listens to this one.
    #[must_use]
    pub fn hears(&self, track: &MediaStreamTrack) -> bool {
        self.track == *track
    }

    /// How loud it is now, in steps of the meter.
    #[must_use]
    pub fn level(&self) -> u8 {
        let mut samples = vec![0.0; SAMPLES as usize];
        self.analyser.get_float_time_domain_data(&mut samples);
        let power = samples.iter().map(|sample| sample * sample).sum::<f32>();
        #[expect(clippy::cast_precision_loss, reason = "a power of two")]
        let mean = power / SAMPLES as f32;
        meter_steps(mean.sqrt())
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.source.disconnect();
        // Rejects only if it is closed already.
        let _ = self.context.close();
    }
}
