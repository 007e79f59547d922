// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>Stands in for a kick descriptor that the front-end does not want to use: looks at the ring now and then.</summary>
internal sealed class KickTimer : IDisposable
{
    // Front-ends that poll are rare and do it on the other side too; this costs about 1 % of a CPU.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(1);

    private readonly Action _look;
    private LoopTimer? _timer;

    private KickTimer(Action look) => _look = look;

    internal static bool TryCreate(EventLoop loop, Action look, out IDisposable? source, out string problem)
    {
        KickTimer made = new(look);
        Errno errno = loop.CreateTimer(made.Expired, out made._timer);
        made._timer?.Start(s_interval);
        source = errno.IsSuccess ? made : null;
        problem = errno.IsSuccess ? "" : $"it cannot be polled: {errno}";
        return errno.IsSuccess;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private void Expired()
    {
        _look();
        _timer?.Start(s_interval);
    }
}
