// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Hostile;

/// <summary>
/// One daemon under many attacks. After each it must be the same process, serve the next guest, and have the
/// descriptors and threads that it had before, and no mapping of a guest's memory.
/// </summary>
public sealed class Survivor : IDisposable
{
    private readonly Daemon _daemon = Daemon.Start("--log-level", "warn");
    private readonly ProcessFacts _before;

    public Survivor()
    {
        ProcessFacts idle = ProcessFacts.Of(_daemon.Process.Id);
        Serve();
        // The first front-end brings the thread that looks at writes which wait, one for all and for good.
        _before = idle with { Threads = idle.Threads + 1 };
    }

    internal string Socket => _daemon.Socket();

    internal TextPipe Log => _daemon.Log;

    internal int Process => _daemon.Process.Id;

    /// <summary>All is as it was.</summary>
    internal void AssertUnharmed()
    {
        Assert.False(_daemon.Process.HasExited, string.Join('\n', _daemon.Log.Lines));
        Serve();
        ProcessFacts now = _before;
        Eventually.Holds(
            () => (now = ProcessFacts.Of(_daemon.Process.Id)).Descriptors == _before.Descriptors && now.Threads == _before.Threads && Guests() == 0,
            () => $"before {_before}, now {now}, {Guests()} mappings of guests' memory");
        Assert.DoesNotContain(_daemon.Log.Lines, l => l.Contains("ERROR", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _daemon.Stop();
        _daemon.Dispose();
    }

    private void Serve()
    {
        using Guest guest = _daemon.Connect();
        Assert.Equal(64, guest.Ask(64).Length);
    }

    private int Guests() => File.ReadLines($"/proc/{_daemon.Process.Id}/maps").Count(l => l.Contains("/memfd:guest", StringComparison.Ordinal));
}
