// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>A line that the kernel gave us. Its edges wake the loop; no thread waits for them.</summary>
internal sealed class KernelGpioLine(OwnedFd fd, EventLoop loop, IGpioEdgeListener listener) : IGpioLine, IFdHandler
{
    private FdWatch? _watch;
    private GpioEdges _edges;
    private bool _muted;

    internal static GpioLineFlags FlagsOf(in GpioLineSettings settings)
    {
        GpioLineFlags flags = settings.Direction switch
        {
            GpioDirection.In => GpioLineFlags.Input,
            GpioDirection.Out => GpioLineFlags.Output,
            // As it is means all of it: the kernel refuses anything else without a direction.
            _ => GpioLineFlags.None,
        };
        if (flags == GpioLineFlags.None)
            return flags;
        flags |= settings.Bias switch
        {
            GpioBias.Disabled => GpioLineFlags.BiasDisabled,
            GpioBias.PullUp => GpioLineFlags.BiasPullUp,
            GpioBias.PullDown => GpioLineFlags.BiasPullDown,
            _ => GpioLineFlags.None,
        };
        if ((settings.Edges & GpioEdges.Rising) != 0)
            flags |= GpioLineFlags.EdgeRising;
        if ((settings.Edges & GpioEdges.Falling) != 0)
            flags |= GpioLineFlags.EdgeFalling;
        return flags;
    }

    public Errno Configure(in GpioLineSettings settings) => GpioChardev.SetConfig(fd.Fd, FlagsOf(settings), settings.Value);

    public Errno Get(out bool high) => GpioChardev.GetValue(fd.Fd, out high);

    public Errno Set(bool high) => GpioChardev.SetValue(fd.Fd, high);

    public void Mute()
    {
        if (_muted)
            return;
        _muted = true;
        _watch?.Interest = Readiness.None;
    }

    public void Unmute()
    {
        if (!_muted)
            return;
        _muted = false;
        Forget();
        _watch?.Interest = Readiness.Readable;
    }

    public Errno Listen(GpioEdges edges)
    {
        if (edges == _edges)
            return Errno.Success;
        Forget();
        _edges = edges;
        if (edges == GpioEdges.None)
            EndWatch();
        else if (_watch is null)
            return loop.Watch(fd.Fd, _muted ? Readiness.None : Readiness.Readable, this, out _watch);
        return Errno.Success;
    }

    /// <summary>The kernel may tell the chip, over its bus. The watch has ended by now: that is the loop's.</summary>
    public void Dispose() => fd.Dispose();

    void IFdHandler.OnReady(Readiness readiness)
    {
        int edges = GpioChardev.TakeEdges(fd.Fd, out Errno errno);
        // A chip that was unplugged stays readable for ever.
        if (edges == 0 && (errno.IsError || (readiness & (Readiness.Error | Readiness.HangUp)) != 0))
            EndWatch();
        for (; edges > 0 && !_muted && _watch is not null; edges--)
            listener.OnEdge();
    }

    private void EndWatch()
    {
        _watch?.Dispose();
        _watch = null;
    }

    // One read takes all that the kernel keeps. A line without edges has nothing to read, and says so.
    private void Forget() => _ = _edges == GpioEdges.None ? 0 : GpioChardev.TakeEdges(fd.Fd, out _);
}
