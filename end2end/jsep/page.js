// Runs one script of operations on two real peer connections and reports what differs from the states the model gives.
// It is sent into the page as it is, so it uses nothing from outside.

/**
 * @param {{seed: number, steps: object[]}} script
 * @returns {Promise<string[]>} The differences, empty when there are none.
 */
export async function runScript(script) {
  const ends = [0, 1].map(() => {
    const end = { pc: new RTCPeerConnection(), needed: false, channels: 0 };
    end.pc.onnegotiationneeded = () => { end.needed = true; };
    return end;
  });
  const made = [];

  // Events of peer connections come from other threads: a state is read when two turns have passed without a new event.
  const turn = () => new Promise((resolve) => { setTimeout(resolve, 1); });
  const settle = async () => { for (let n = 0; n < 3; n += 1) await turn(); };

  const mids = (description) => [...(description?.sdp ?? '').matchAll(/^a=mid:(.*?)\r?$/gm)].map((found) => found[1]);
  const ufrag = (description) => /^a=ice-ufrag:(.*?)\r?$/m.exec(description.sdp)[1];
  const lines = (description) => (description?.sdp.match(/^m=/gm) ?? []).length;

  const state = ({ pc, needed }) => {
    if (pc.signalingState === 'closed') return 'closed';
    const place = (mid) => {
      for (const description of [pc.localDescription, pc.remoteDescription]) {
        const index = mids(description).indexOf(mid);
        if (mid !== null && index >= 0) return index;
      }
      return '-';
    };
    const transceivers = pc.getTransceivers().map((t) => ` [${t.receiver.track.kind} ${place(t.mid)} ${t.direction} ${t.currentDirection}]`);
    return `${pc.signalingState} local ${lines(pc.localDescription)} remote ${lines(pc.remoteDescription)}${transceivers.join('')}${needed ? ' needed' : ''}`;
  };

  const operations = {
    add_transceiver: ({ pc }, { kind, direction }) => { pc.addTransceiver(kind, { direction }); },
    create_data_channel: (end) => { end.pc.createDataChannel('control', { negotiated: true, id: end.channels }); end.channels += 1; },
    set_direction: ({ pc }, { index, direction }) => { pc.getTransceivers()[index].direction = direction; },
    replace_track: ({ pc }, { index }) => pc.getTransceivers()[index].sender.replaceTrack(null),
    set_local: async ({ pc }) => {
      await pc.setLocalDescription();
      made.push({ type: pc.localDescription.type, sdp: pc.localDescription.sdp });
    },
    set_remote: ({ pc }, { description }) => pc.setRemoteDescription(made[description]),
    add_candidate: ({ pc }, operation) => {
      const of = made[operation.description];
      const name = operation.ufrag === 'right' ? ufrag(of) : 'none';
      return pc.addIceCandidate({
        candidate: `candidate:1 1 udp 2113937151 127.0.0.1 9 typ host generation 0 ufrag ${name}`,
        sdpMid: operation.mid === 'right' ? mids(of)[0] : 'none',
        usernameFragment: name,
      });
    },
    end_of_candidates: ({ pc }) => pc.addIceCandidate(),
    restart_ice: ({ pc }) => { pc.restartIce(); },
    close: ({ pc }) => { pc.close(); },
  };

  const differences = [];
  const last = ['stable local 0 remote 0', 'stable local 0 remote 0'];
  for (const [number, step] of script.steps.entries()) {
    const end = ends[step.end];
    let error = null;
    try {
      try {
        await operations[step.operation.do](end, step.operation);
      } catch (thrown) {
        if (step.quirk !== 'again' || thrown.name !== 'InvalidAccessError') throw thrown;
        // Firefox rolled the own offer back but did not take theirs; after an own offer that restarts ICE it does.
        end.pc.restartIce();
        await end.pc.setLocalDescription();
        await operations[step.operation.do](end, step.operation);
        end.needed = false;
      }
    } catch (thrown) {
      error = thrown.name;
      if (error !== step.error) error += ` (${thrown.message})`;
    }
    if (step.quirk === 'silent_drop' && error === null) error = step.error ?? null;
    await settle();
    const where = `seed ${script.seed}, step ${number}, end ${step.end}, ${JSON.stringify(step.operation)}`;
    if (error !== (step.error ?? null)) differences.push(`${where}\n  error: model ${step.error ?? null}, browser ${error}`);
    ends.forEach((one, index) => {
      const expected = step.states[index] ?? last[index].replace(/ needed$/, '');
      last[index] = expected;
      const seen = state(one);
      one.needed = false;
      if (seen !== expected) differences.push(`${where}\n  end ${index}: model   ${expected}\n         browser ${seen}`);
    });
    // One difference leads to others that say nothing new.
    if (differences.length > 0) break;
  }
  ends.forEach(({ pc }) => pc.close());
  return differences;
}
