// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>
/// One line as its driver left it: direction, value, interrupt. What the driver does to it is here; see
/// GuestLine.Interrupts.cs for what it gets to hear. A request is answered at once, or after a job at the host.
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

    /// <summary>
    /// Serves a request for the level of a line that is set up, at a host that never waits: what drivers ask for again and
    /// again takes no job.
    /// </summary>
    /// <returns>False, and nothing was done, for any other one.</returns>
    internal bool TryServeLevel(in GpioRequest request, out GpioResponse answer)
    {
        answer = default;
        if (_host is not { } host)
            return false;
        Errno errno;
        if (request.Type == GpioMessage.GetValue)
        {
            errno = host.Get(out bool high);
            answer = GpioResponse.Of(high ? (byte)1 : (byte)0);
        }
        else if (request.Type == GpioMessage.SetValue && request.Value <= 1 && _direction == GpioDirection.Out)
        {
            bool high = request.Value == 1;
            errno = host.Set(high);
            if (errno.IsSuccess)
                _value = high;
            answer = GpioResponse.Done;
        }
        else
        {
            return false;
        }

        if (errno.IsError)
            answer = Failed(errno, null);
        return true;
    }

    /// <summary>Serves a request as far as the host has no part in it.</summary>
    /// <returns>True: that is the answer. False: the job is to be made, and <see cref="End"/> gives the answer.</returns>
    internal bool TryAnswer(in GpioRequest request, GpioJob job, out GpioResponse answer)
    {
        GpioPlan plan = request.Type switch
        {
            GpioMessage.GetDirection => GetDirection(),
            // A driver may want to know the level of a line whose direction is the firmware's choice.
            GpioMessage.GetValue => ToDo(GpioStep.Get, Settings(GpioDirection.AsIs)),
            GpioMessage.SetDirection => SetDirection(request.Value),
            GpioMessage.SetValue => SetValue(request.Value),
            GpioMessage.SetIrqType => SetIrqType(request.Value),
            _ => Answered(GpioResponse.Failed),
        };
        answer = plan.Known ?? default;
        if (plan.Known is not null)
            return true;
        job.Prepare(this, request, plan.Step, plan.Settings, _host);
        return false;
    }

    /// <summary>The rest of a request whose job was made.</summary>
    internal GpioResponse End(GpioJob job)
    {
        _host = job.Host;
        if (job.Errno.IsError)
            return Failed(job.Errno, job.User);
        switch (job.Request.Type)
        {
            case GpioMessage.GetDirection:
                return DirectionIs(job.Direction);
            case GpioMessage.GetValue:
                return GpioResponse.Of(job.Level ? (byte)1 : (byte)0);
            case GpioMessage.SetValue:
                _value = job.Settings.Value;
                return GpioResponse.Done;
            case GpioMessage.SetDirection when job.Step == GpioStep.Release:
                Forget();
                return GpioResponse.Done;
            case GpioMessage.SetIrqType when job.Request.Value != (uint)GpioIrqType.None:
                return GpioResponse.If(IsSetUp(job.Settings) && Enabled((GpioIrqType)job.Request.Value));
            default:
                return GpioResponse.If(IsSetUp(job.Settings));
        }
    }

    /// <summary>The job ended in a fault; what it has got of the host stays the line's.</summary>
    internal void Fault(GpioJob job) => _host = job.Host;

    /// <summary>Nothing of the line's state is kept (device requirements of §5.18.6).</summary>
    /// <returns>The line at the host, for the caller to give back; null when it was not requested.</returns>
    internal IGpioLine? Release()
    {
        EndInterrupt();
        IGpioLine? host = _host;
        _ = host?.Listen(GpioEdges.None);
        _host = null;
        Forget();
        return host;
    }

    private static GpioPlan Answered(GpioResponse answer) => new(answer, default, default);

    private static GpioPlan ToDo(GpioStep step, in GpioLineSettings settings) => new(null, step, settings);

    // 2 for an input, 1 for an output. A line that the driver does not use works as the hardware has it: drivers ask
    // before they use one.
    private GpioPlan GetDirection() =>
        _direction == GpioDirection.AsIs ? ToDo(GpioStep.Direction, default) : Answered(DirectionIs(_direction));

    private GpioPlan SetDirection(uint direction)
    {
        switch (direction)
        {
            case GpioWireDirection.None:
                EndInterrupt();
                if (_host is null)
                {
                    Forget();
                    return Answered(GpioResponse.Done);
                }

                _ = _host.Listen(GpioEdges.None);
                return ToDo(GpioStep.Release, default);
            case GpioWireDirection.In:
                return ToDo(GpioStep.SetUp, Input(_irq));
            // A line that interrupts is an input (driver requirements of §5.18.6).
            case GpioWireDirection.Out when _irq == GpioIrqType.None:
                // The driver should have said what to drive. If it has not, the line goes on as it is, without a glitch.
                return ToDo(_value is null ? GpioStep.SetUpAsItIs : GpioStep.SetUp, Settings(GpioDirection.Out, _value ?? false));
            default:
                return Answered(GpioResponse.Failed);
        }
    }

    private GpioPlan SetValue(uint value)
    {
        if (value > 1)
            return Answered(GpioResponse.Failed);
        if (_direction == GpioDirection.Out)
            return ToDo(GpioStep.Set, Settings(GpioDirection.Out, value == 1));
        _value = value == 1;
        return Answered(GpioResponse.Done);
    }

    private static GpioResponse DirectionIs(GpioDirection direction) =>
        GpioResponse.Of((byte)(direction == GpioDirection.Out ? GpioWireDirection.Out : GpioWireDirection.In));

    private GpioLineSettings Settings(GpioDirection direction, bool value = false, GpioEdges edges = GpioEdges.None) =>
        new(direction, value, edges, choice.Bias);

    private GpioLineSettings Input(GpioIrqType irq) => Settings(GpioDirection.In, edges: EdgesFor(irq));

    private void Forget()
    {
        _direction = GpioDirection.AsIs;
        _value = null;
    }

    // The host has set the line up; what remains is the loop's.
    private bool IsSetUp(in GpioLineSettings settings)
    {
        Errno errno = _host!.Listen(settings.Edges);
        if (errno.IsError)
        {
            _ = Failed(errno, null);
            return false;
        }

        _direction = settings.Direction;
        return true;
    }

    private GpioResponse Failed(Errno errno, string? user)
    {
        if (errno != Errno.ECANCELED)
            owner.ReportFailure(this, errno, user);
        return GpioResponse.Failed;
    }
}
