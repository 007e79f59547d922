// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Life;

/// <summary>Limits that are too small (setrlimit(2)): a sentence that says which, and status 1.</summary>
public sealed class LimitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-n 8", "8 open files are allowed, and at least 24 are needed: raise the limit (ulimit -n, LimitNOFILE=)")]
    [InlineData("-n 23", "23 open files are allowed, and at least 24 are needed: raise the limit (ulimit -n, LimitNOFILE=)")]
    [InlineData("-v 32768", "32 MiB of address space are allowed, and at least 128 are needed: raise the limit (ulimit -v, LimitAS=)")]
    public void Too_small(string limit, string expected)
    {
        using ChildProcess daemon = Limited(limit);
        Assert.Equal(1, daemon.WaitForExit());
        Assert.Equal(["vhost-device-rng: " + expected], daemon.Err.WaitForEnd());
        Assert.Empty(_folder.Names);
    }

    [Theory]
    [InlineData("-n 24")]
    [InlineData("-v 131072")]
    public void Just_enough(string limit)
    {
        using ChildProcess daemon = Limited(limit);
        daemon.Err.WaitFor("listening on");
        using (Guest guest = Guest.Connect(_folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(64));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.DoesNotContain(
            daemon.Err.WaitForEnd(),
            l => l.Contains("WARN", StringComparison.Ordinal) || l.Contains("ERROR", StringComparison.Ordinal));
    }

    /// <summary>However threads and the collector's heap come together, both find room: the start is no matter of luck.</summary>
    [Theory]
    [InlineData(131072)]
    [InlineData(163840)]
    [InlineData(262144)]
    public void Enough_address_space_is_enough_each_time(int kibibytes)
    {
        for (int i = 0; i < 30; i++)
        {
            CommandResult result = Command.Run("/bin/sh", ["-c", $"ulimit -v {kibibytes}; exec \"$0\" --version", ProgramFile.RngLink]);
            Assert.Single(result.Success());
        }
    }

    private ChildProcess Limited(string limit) =>
        ChildProcess.Start("/bin/sh", ["-c", $"ulimit {limit}; exec \"$0\" -s \"$1\"", ProgramFile.RngLink, _folder.At("rng")]);
}
