// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Gpio;

/// <content>
/// Interrupts (virtio 1.3 §5.18.6.6, §5.18.7). The request queue enables them; a pair of buffers in the event queue
/// unmasks them, and its return is the interrupt and masks them again. An edge while masked is latched, once; a level
/// never is. Hosts only have edges, so a level is looked at when it is unmasked and when it changes. The device makes
/// the looks, because they may wait; meanwhile buffers and edges may come and go.
/// </content>
internal sealed partial class GuestLine
{
    private GpioIrqType _irq;
    private DescriptorChain? _pair;
    private bool _latched;

    // The driver asked for an interrupt that the host cannot give.
    private bool _enabling;

    // A level: the host's edges wake us, since all before was looked at.
    private bool _watching;
    private Looking _looking;

    // Of a look that is under way: an edge came, or what it is for has ended.
    private bool _edgeMeanwhile;
    private bool _stale;

    private enum Looking
    {
        No,
        Soon,
        Now,
    }

    /// <summary>The line behind this one among those that are to be looked at.</summary>
    internal GuestLine? NextLook { get; set; }

    private bool IsLevel => _irq is GpioIrqType.LevelHigh or GpioIrqType.LevelLow;

    /// <summary>A look is to be made now.</summary>
    /// <returns>False: nobody wants it any more.</returns>
    internal bool TryLook(GpioJob job)
    {
        _looking = Looking.No;
        if (_pair is null || !IsLevel)
            return false;
        _looking = Looking.Now;
        _edgeMeanwhile = _stale = false;
        job.Prepare(this, default, GpioStep.Get, default, _host);
        return true;
    }

    /// <summary>
    /// The look was made. An active level is reported; another one is waited for, and looked at once more after that: the
    /// edge that came before is forgotten.
    /// </summary>
    internal void Looked(GpioJob job)
    {
        _looking = Looking.No;
        if (_pair is null || !IsLevel)
            return;
        if (_stale)
        {
            Look();
        }
        else if (job.Errno.IsSuccess && job.Level == (_irq == GpioIrqType.LevelHigh))
        {
            Interrupt();
            StopWatching();
        }
        else if (!_watching)
        {
            _watching = true;
            _host!.Unmute();
            Look();
        }
        else if (_edgeMeanwhile)
        {
            Look();
        }
    }

    /// <summary>The driver unmasks the interrupt: takes its buffers, or returns them at once.</summary>
    internal void Arm(DescriptorChain pair)
    {
        if (_pair is not null || (_irq == GpioIrqType.None && !_enabling))
        {
            owner.Return(pair, GpioIrqStatus.Invalid);
            return;
        }

        _pair = pair;
        if (_irq == GpioIrqType.None)
            return;
        if (IsLevel)
        {
            Look();
        }
        else if (_latched)
        {
            _latched = false;
            _host!.Unmute();
            Interrupt();
        }
    }

    /// <summary>The event queue stops, or the interrupt ends: no buffers stay here.</summary>
    internal void Disarm()
    {
        _stale = true;
        if (_pair is not { } pair)
            return;
        _pair = null;
        owner.Return(pair, GpioIrqStatus.Invalid);
        if (IsLevel)
            StopWatching();
    }

    void IGpioEdgeListener.OnEdge()
    {
        if (_irq == GpioIrqType.None)
            return;
        if (IsLevel)
        {
            _edgeMeanwhile = true;
            if (_pair is not null)
                Look();
        }
        else if (_pair is not null)
        {
            Interrupt();
        }
        else if (!_latched)
        {
            // One is as good as many, so there is nothing to hear of until the driver comes back.
            _latched = true;
            _host!.Mute();
        }
    }

    private GpioPlan SetIrqType(uint value)
    {
        GpioIrqType type = (GpioIrqType)value;
        if (type is not (GpioIrqType.None or GpioIrqType.EdgeRising or GpioIrqType.EdgeFalling or GpioIrqType.EdgeBoth
            or GpioIrqType.LevelHigh or GpioIrqType.LevelLow))
            return Answered(GpioResponse.Failed);
        if (type == GpioIrqType.None)
        {
            // Also of what is disabled already: Linux does that when a type is set before the interrupt is used.
            bool wasEnabled = _irq != GpioIrqType.None;
            EndInterrupt();
            return wasEnabled ? ToDo(GpioStep.SetUp, Input(GpioIrqType.None)) : Answered(GpioResponse.Done);
        }

        // Drivers repeat themselves; but another type comes after none only.
        if (_irq != GpioIrqType.None)
            return Answered(GpioResponse.If(type == _irq));
        // Whatever comes of it. A Linux driver does not look at the answer: it queues its buffers, and queues them again
        // as fast as they come back. They stay here instead, until it disables the interrupt that never was.
        _enabling = true;
        return _direction == GpioDirection.Out ? Answered(GpioResponse.Failed) : ToDo(GpioStep.SetUp, Input(type));
    }

    // The host detects the edges.
    private bool Enabled(GpioIrqType type)
    {
        _enabling = false;
        _irq = type;
        _watching = false;
        if (!IsLevel)
            _host!.Unmute();
        else if (_pair is not null)
            Look();
        else
            _host!.Mute();
        return true;
    }

    private void EndInterrupt()
    {
        Disarm();
        _irq = GpioIrqType.None;
        _enabling = _latched = false;
    }

    private void Look()
    {
        if (_looking != Looking.No)
            return;
        _looking = Looking.Soon;
        owner.Look(this);
    }

    private void StopWatching()
    {
        _watching = false;
        _host!.Mute();
    }

    private void Interrupt()
    {
        DescriptorChain pair = _pair!;
        _pair = null;
        owner.Return(pair, GpioIrqStatus.Valid);
    }

    private static GpioEdges EdgesFor(GpioIrqType type) => type switch
    {
        GpioIrqType.EdgeRising or GpioIrqType.LevelHigh => GpioEdges.Rising,
        GpioIrqType.EdgeFalling or GpioIrqType.LevelLow => GpioEdges.Falling,
        GpioIrqType.EdgeBoth => GpioEdges.Both,
        _ => GpioEdges.None,
    };
}
