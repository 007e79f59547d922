// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>What a <see cref="GpioJob"/> does at the host.</summary>
internal enum GpioStep
{
    /// <summary>Looks which way the line works; nobody need have it.</summary>
    Direction,

    /// <summary>Reads the level.</summary>
    Get,

    /// <summary>Drives the level of the settings.</summary>
    Set,

    /// <summary>Sets the line up.</summary>
    SetUp,

    /// <summary>Sets the line up as an output that goes on at the level it has.</summary>
    SetUpAsItIs,

    /// <summary>Gives the line back.</summary>
    Release,
}

/// <summary>
/// The part of one request, or of one look at a level, that is made at the host and may wait. A device has one, which it
/// uses again and again. While it is out nothing of it is touched, and it touches nothing of its line's state: that
/// changes on the loop, before it and after it.
/// </summary>
/// <param name="owner">Its device.</param>
/// <param name="ended">It was on a worker, and is back.</param>
internal sealed class GpioJob(IGuestLineOwner owner, EventLoop loop, Action<Exception?> ended) : CallBatch(loop)
{
    private GuestLine? _line;

    /// <summary>Whose job it is.</summary>
    internal GuestLine Line => _line!;

    /// <summary>What the driver asked for; none for a look.</summary>
    internal GpioRequest Request { get; private set; }

    internal GpioStep Step { get; private set; }

    internal GpioLineSettings Settings { get; private set; }

    /// <summary>The line at the host, as it was before and is afterwards; null: not requested.</summary>
    internal IGpioLine? Host { get; private set; }

    /// <summary>Why it failed; ECANCELED when nothing was done.</summary>
    internal Errno Errno { get; private set; }

    /// <summary>The level that was read.</summary>
    internal bool Level { get; private set; }

    /// <summary>The direction that was looked at.</summary>
    internal GpioDirection Direction { get; private set; }

    /// <summary>Who has the line, if that was the reason and somebody wants to know.</summary>
    internal string? User { get; private set; }

    protected override int Count => 1;

    internal void Prepare(GuestLine line, in GpioRequest request, GpioStep step, in GpioLineSettings settings, IGpioLine? host)
    {
        _line = line;
        Request = request;
        Step = step;
        Settings = settings;
        Host = host;
        Errno = Errno.Success;
        User = null;
    }

    /// <summary>Makes it at once, for a chip that never waits.</summary>
    internal void Make() => Call(0);

    /// <summary>It is left out, and was not begun.</summary>
    internal void LeaveOut() => Errno = Errno.ECANCELED;

    // The kernel knows the direction without the chip, and need not tell the chip of a line that is given back.
    protected override bool SpeaksForOthers(int number) => Step is not (GpioStep.Direction or GpioStep.Release) && Errno != Errno.ECANCELED;

    protected override void Call(int number)
    {
        if (IsCancelled)
        {
            LeaveOut();
            return;
        }

        Errno = Do();
        if (Errno == Errno.EBUSY && owner.WantsReports)
            User = owner.Chip.UserOf(Line.HostLine);
    }

    protected override void Made(int count)
    {
    }

    protected override void Done(Exception? fault) => ended(fault);

    private Errno Do()
    {
        switch (Step)
        {
            case GpioStep.Direction:
                Direction = owner.Chip.Direction(Line.HostLine);
                return Errno.Success;
            case GpioStep.Get:
                return Get();
            case GpioStep.Set:
                return Host!.Set(Settings.Value);
            case GpioStep.SetUp:
                return Apply(Settings);
            case GpioStep.SetUpAsItIs:
                Errno errno = Get();
                Settings = Settings with { Value = Level };
                return errno.IsError ? errno : Apply(Settings);
            default:
                Host!.Dispose();
                Host = null;
                return Errno.Success;
        }
    }

    private Errno Get()
    {
        Errno errno = Host is null ? Apply(Settings with { Direction = GpioDirection.AsIs }) : Errno.Success;
        if (errno.IsError)
            return errno;
        errno = Host!.Get(out bool high);
        Level = high;
        return errno;
    }

    private Errno Apply(in GpioLineSettings settings)
    {
        if (Host is not null)
            return Host.Configure(settings);
        Errno errno = owner.Chip.Request(Line.HostLine, owner.Name, settings, owner.Loop, Line, out IGpioLine? requested);
        Host = requested;
        return errno;
    }
}
