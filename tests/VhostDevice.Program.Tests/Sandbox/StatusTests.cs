// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Program.Tests.Sandbox;

/// <summary>What the kernel says of the daemon's threads, those of the runtime included.</summary>
public sealed class StatusTests
{
    private static readonly string[] s_sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"];

    [Theory]
    [InlineData()]
    [InlineData("--sandbox", "full")]
    [InlineData("--sandbox=seccomp")]
    [InlineData("--sandbox", "seccomp", "-f", "/dev/zero")]
    [InlineData("-f", "/dev/zero")]
    public void Every_thread_is_restricted(params string[] arguments)
    {
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 3, arguments);
        using Guest guest = daemon.Connect(2);
        Assert.NotEmpty(guest.Ask(16));
        Dictionary<string, string>[] threads = Threads(daemon);
        // Three loops, the finalizer, the handler of signals.
        Assert.True(threads.Length >= 5, $"{threads.Length} threads");
        foreach (Dictionary<string, string> thread in threads)
        {
            Assert.Equal(("1", "2"), (thread["NoNewPrivs"], thread["Seccomp"]));
            foreach (string set in s_sets)
                Assert.Equal(0ul, ulong.Parse(thread[set], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        // Nothing was left undone, and the log says so once.
        string mode = arguments.Any(a => a.Contains("seccomp", StringComparison.Ordinal)) ? "seccomp" : "full";
        string told = Assert.Single(daemon.Log.Lines, l => l.Contains("sandbox", StringComparison.Ordinal));
        Assert.Contains($"INFO  vhost_device_rng] the sandbox is on ({mode}): no privileges", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Off_is_off_and_silent()
    {
        using Daemon daemon = Daemon.Start("--sandbox", "off", "--log-level", "warn");
        Dictionary<string, string> own = Status("/proc/self/status");
        foreach (Dictionary<string, string> thread in Threads(daemon))
        {
            foreach (string name in (string[])[.. s_sets, "NoNewPrivs", "Seccomp"])
                Assert.Equal(own[name], thread[name]);
        }

        Assert.Single(daemon.Log.Lines);
        daemon.Stop();
    }

    [Fact]
    public void Off_is_said_once()
    {
        using Daemon daemon = Daemon.Start("--sandbox", "off");
        Assert.EndsWith(
            "INFO  vhost_device_rng] the sandbox is off: the daemon can do whatever its user can",
            Assert.Single(daemon.Log.Lines, l => l.Contains("sandbox", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        daemon.Stop();
    }

    private static Dictionary<string, string>[] Threads(Daemon daemon) =>
        [.. Directory.GetDirectories($"/proc/{daemon.Process.Id}/task").Select(d => Status(d + "/status"))];

    private static Dictionary<string, string> Status(string path) =>
        File.ReadLines(path).Select(l => l.Split(':', 2)).ToDictionary(f => f[0], f => f[1].Trim());
}
