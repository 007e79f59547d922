// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>
/// One line as its driver left it: direction, value, interrupt. What the driver does to it is here; see
/// GuestLine.Interrupts.cs for what it gets to hear.
/// </summary>
/// <param name="number">As the guest counts.</param>
/// <param name="choice">Which line of the chip it is.</param>
internal sealed partial class GuestLine(IGuestLineOwner owner, int number, GpioLineChoice choice) : IGpioEdgeListener
{
    private IGpioLine? _host;

    // As the driver set it; AsIs until then.
    private GpioDirection _direction;

    // What the driver wants an output to be; it may say so before the line is one.
    private bool? _value;

    /// <summary>As the guest counts.</summary>
    internal int Number => number;

    internal int HostLine => choice.HostLine;

    /// <summary>2 for an input, 1 for an output. A line that the driver does not use works as the hardware has it: drivers ask before they use one.</summary>
    internal GpioResponse GetDirection()
    {
        GpioDirection direction = _direction == GpioDirection.AsIs ? owner.Chip.Direction(HostLine) : _direction;
        return GpioResponse.Of((byte)(direction == GpioDirection.Out ? GpioWireDirection.Out : GpioWireDirection.In));
    }

    internal GpioResponse SetDirection(uint direction)
    {
        switch (direction)
        {
            case GpioWireDirection.None:
                Release();
                return GpioResponse.Done;
            case GpioWireDirection.In:
                return GpioResponse.If(SetUp(Input(_irq)));
            case GpioWireDirection.Out:
                // A line that interrupts is an input (driver requirements of §5.18.6).
                return GpioResponse.If(_irq == GpioIrqType.None && TryOutputValue(out bool value) && SetUp(Settings(GpioDirection.Out, value)));
            default:
                return GpioResponse.Failed;
        }
    }

    internal GpioResponse GetValue()
    {
        // A driver may want to know the level of a line whose direction is the firmware's choice.
        if (_host is null && !SetUp(Settings(GpioDirection.AsIs)))
            return GpioResponse.Failed;
        Errno errno = _host!.Get(out bool high);
        return errno.IsSuccess ? GpioResponse.Of(high ? (byte)1 : (byte)0) : Failed(errno);
    }

    internal GpioResponse SetValue(uint value)
    {
        if (value > 1)
            return GpioResponse.Failed;
        if (_direction == GpioDirection.Out)
        {
            Errno errno = _host!.Set(value == 1);
            if (errno.IsError)
                return Failed(errno);
        }

        _value = value == 1;
        return GpioResponse.Done;
    }

    /// <summary>Nothing of the line's state is kept (device requirements of §5.18.6).</summary>
    internal void Release()
    {
        Disarm();
        _irq = GpioIrqType.None;
        _enabling = _latched = false;
        _host?.Dispose();
        _host = null;
        _direction = GpioDirection.AsIs;
        _value = null;
    }

    // The driver should have said what to drive. If it has not, the line goes on as it is, without a glitch.
    private bool TryOutputValue(out bool value)
    {
        value = _value ?? false;
        return _value is not null
            || ((_host is not null || SetUp(Settings(GpioDirection.AsIs))) && _host!.Get(out value).IsSuccess);
    }

    private GpioLineSettings Settings(GpioDirection direction, bool value = false, GpioEdges edges = GpioEdges.None) =>
        new(direction, value, edges, choice.Bias);

    private GpioLineSettings Input(GpioIrqType irq) => Settings(GpioDirection.In, edges: EdgesFor(irq));

    // Requests the line, or sets up one that is requested.
    private bool SetUp(in GpioLineSettings settings)
    {
        Errno errno = _host is null
            ? owner.Chip.Request(HostLine, owner.Name, settings, owner.Loop, this, out _host)
            : _host.Configure(settings);
        if (errno.IsError)
        {
            owner.ReportFailure(this, errno);
            return false;
        }

        if (settings.Direction != GpioDirection.AsIs)
            _direction = settings.Direction;
        return true;
    }

    private GpioResponse Failed(Errno errno)
    {
        owner.ReportFailure(this, errno);
        return GpioResponse.Failed;
    }
}
