// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// What waits for requests in flight: messages that promise the front-end that a ring has stopped, and the end of the
/// connection. A request that is let go of while the host still works on it may write into memory that the guest uses
/// for something else by then, so there is no end of the wait but the last request's.
/// </summary>
internal sealed partial class Session
{
    private RingDrain? _drain;
    private Func<Message, Outcome>? _afterDrain;
    private LoopTimer? _patience;

    private TimeSpan Patience => Device.StopPatience ?? _server.StopPatience;

    /// <summary>
    /// Answers a message once the device has given back all chains of rings that take nothing new; the message is parked
    /// until then.
    /// </summary>
    /// <param name="mayAbandon">As <see cref="RingDrain"/> has it.</param>
    /// <param name="then">The rest of the message's work, done once.</param>
    private Outcome WhenDrained(Vring[] rings, bool mayAbandon, Message m, Func<Message, Outcome> then)
    {
        // The front-end that is to answer them waits for this very message.
        if (Array.Exists(rings, static r => r.InFlight > 0))
            CancelRequests();
        if (Array.TrueForAll(rings, static r => r.InFlight == 0))
            return then(m);
        _afterDrain = then;
        BeginDrain(rings, mayAbandon);
        return Outcome.Parked;
    }

    [MemberNotNull(nameof(_drain))]
    private void BeginDrain(Vring[] rings, bool mayAbandon)
    {
        _drain = new RingDrain(rings, mayAbandon, drain => Loop.Post(() => FinishDrain(drain)));
        if (_patience is not null || Loop.CreateTimer(PatienceOver, out _patience).IsSuccess)
            _patience!.Start(Patience);
        else
            _drain.Hurry(); // nobody will say when it is time for that
    }

    // A front-end that waits for GET_VRING_BASE may have its whole guest wait (QEMU holds its big lock), so the device is
    // asked to hurry. An answer before the last request is back would be worse than none.
    private void PatienceOver()
    {
        if (_drain is not { } drain)
            return;
        using LoopCrew.Pause still = StandStill();
        drain.Hurry();
        int left = drain.InFlight;
        if (left == 0)
            return;
        string seconds = Seconds(drain);
        if (_ended)
            Log.LogWarning(
                "{Count} requests of a front-end that has left are not finished after {Seconds} s; the next front-end waits for the last of them",
                left,
                seconds);
        else
            Log.LogWarning(
                "{Request} waits for {Count} requests that are not finished after {Seconds} s; it is answered when the last of them is",
                _message.Request,
                left,
                seconds);
    }

    private void FinishDrain(RingDrain drain)
    {
        // The connection may have ended meanwhile, which is another wait.
        if (_drain != drain)
            return;
        _drain = null;
        _patience?.Cancel();
        if (drain.Elapsed >= Patience)
            Log.LogInformation("the requests that were waited for are finished, after {Seconds} s", Seconds(drain));
        if (_ended)
        {
            GiveUpDevice();
            return;
        }

        Func<Message, Outcome> then = _afterDrain!;
        _afterDrain = null;
        GoOn(then);
    }

    // Something of a ring that has to be done on this loop, while the others stand still.
    internal void Reconsider(Vring ring)
    {
        if (_ended)
            return;
        using LoopCrew.Pause still = StandStill();
        ring.StartIfDue();
    }

    private static string Seconds(RingDrain drain) => drain.Elapsed.TotalSeconds.ToString("0.#", System.Globalization.CultureInfo.InvariantCulture);
}
