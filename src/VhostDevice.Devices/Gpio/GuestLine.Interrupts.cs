// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Gpio;

/// <content>
/// Interrupts (virtio 1.3 §5.18.6.6, §5.18.7). The request queue enables them; a pair of buffers in the event queue
/// unmasks them, and its return is the interrupt and masks them again. An edge while masked is latched, once; a level
/// never is. Hosts only have edges, so a level is looked at when it is unmasked and when it changes.
/// </content>
internal sealed partial class GuestLine
{
    private GpioIrqType _irq;
    private DescriptorChain? _pair;
    private bool _latched;

    // The driver asked for an interrupt that the host cannot give.
    private bool _enabling;

    private bool IsLevel => _irq is GpioIrqType.LevelHigh or GpioIrqType.LevelLow;

    internal GpioResponse SetIrqType(uint value)
    {
        GpioIrqType type = (GpioIrqType)value;
        if (type is not (GpioIrqType.None or GpioIrqType.EdgeRising or GpioIrqType.EdgeFalling or GpioIrqType.EdgeBoth
            or GpioIrqType.LevelHigh or GpioIrqType.LevelLow))
            return GpioResponse.Failed;
        if (type == GpioIrqType.None)
            return Disable();
        // Drivers repeat themselves; but another type comes after none only.
        return GpioResponse.If(type == _irq || (_irq == GpioIrqType.None && TryEnable(type)));
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
            WatchLevel();
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
        if (_pair is not { } pair)
            return;
        _pair = null;
        owner.Return(pair, GpioIrqStatus.Invalid);
        if (IsLevel)
            _host!.Mute();
    }

    void IGpioEdgeListener.OnEdge()
    {
        if (_irq == GpioIrqType.None)
            return;
        if (IsLevel)
        {
            if (_pair is not null && IsActive())
            {
                Interrupt();
                _host!.Mute();
            }
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

    private bool TryEnable(GpioIrqType type)
    {
        // Whatever comes of it. A Linux driver does not look at the answer: it queues its buffers, and queues them again
        // as fast as they come back. They stay here instead, until it disables the interrupt that never was.
        _enabling = true;
        if (_direction == GpioDirection.Out || !SetUp(Input(type)))
            return false;
        _enabling = false;
        _irq = type;
        if (!IsLevel)
            _host!.Unmute();
        else if (_pair is not null)
            WatchLevel();
        else
            _host!.Mute();
        return true;
    }

    // Also of what is disabled already: Linux does that when a type is set before the interrupt is used.
    private GpioResponse Disable()
    {
        bool wasEnabled = _irq != GpioIrqType.None;
        Disarm();
        _irq = GpioIrqType.None;
        _enabling = _latched = false;
        return GpioResponse.If(!wasEnabled || SetUp(Input(GpioIrqType.None)));
    }

    // Reports the level if it is active, otherwise waits for it. It is looked at once more after that: the edge that
    // came before is forgotten.
    private void WatchLevel()
    {
        if (IsActive())
        {
            Interrupt();
            _host!.Mute();
            return;
        }

        _host!.Unmute();
        if (!IsActive())
            return;
        Interrupt();
        _host!.Mute();
    }

    private bool IsActive() => _host!.Get(out bool high).IsSuccess && high == (_irq == GpioIrqType.LevelHigh);

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
