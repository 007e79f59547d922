// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>--log-level and RUST_LOG: what a visit of a front-end leaves in the log.</summary>
public sealed class LogLevelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_have_time_level_and_target()
    {
        string line = Assert.Single(Visit(null, "--log-level", "warn"));
        Assert.Matches(@"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO  vhost_device_rng\] listening on /.+/rng0$", line);
    }

    [Theory]
    [InlineData("INFO", null)]
    [InlineData("INFO", "")]
    [InlineData("", "error")]
    [InlineData("", "off")]
    [InlineData("INFO", "info")]
    [InlineData("INFO", "INFO")]
    [InlineData("DEBUG", "debug")]
    [InlineData("TRACE", "trace")]
    [InlineData("DEBUG", "vhost_device_rng=debug")]
    [InlineData("DEBUG", "vhost_device=debug")]
    [InlineData("TRACE", "vhost_device_rng")]
    [InlineData("TRACE", "vhost_device_rng=")]
    [InlineData("", "vhost_device_gpu=debug")]
    [InlineData("DEBUG", "error,vhost_device_rng=debug")]
    [InlineData("", "trace, vhost_device_rng = error")]
    [InlineData("INFO", "debug,vhost_device_rng=warn,vhost_device_rng=info")]
    [InlineData("DEBUG", "vhost_device=error,vhost_device_rng=debug")]
    [InlineData("INFO", "nonsense=nonsense,info")]
    [InlineData("DEBUG", "debug/filter")]
    public void Rust_log(string expected, string? value) => AssertLeast(expected, Visit(value));

    [Theory]
    [InlineData("", "off", "trace")]
    [InlineData("", "error", "trace")]
    [InlineData("", "warn", "trace")]
    [InlineData("INFO", "info", "off")]
    [InlineData("DEBUG", "DEBUG", "off")]
    [InlineData("TRACE", "trace", "off")]
    public void The_option_wins(string expected, string level, string rustLog) => AssertLeast(expected, Visit(rustLog, "--log-level", level));

    [Fact]
    public void Nobody_reads_the_log()
    {
        VhostDevice.Linux.Files.CreatePipe(nonBlocking: false, out VhostDevice.Linux.OwnedFd? read, out VhostDevice.Linux.OwnedFd? write);
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.RngLink, ["-s", _folder.At("rng"), "--log-level=trace"],
            new ChildOptions { Inherited = [(2, write!)], Environment = NotifyMe() });
        write!.Dispose();
        WaitUntilReady();
        read!.Dispose();
        for (int i = 0; i < 2; i++)
        {
            using Guest guest = Guest.Connect(_folder.At("rng0"));
            Assert.NotEmpty(guest.Ask(8));
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    private VhostDevice.Linux.OwnedFd? _manager;

    private Dictionary<string, string> NotifyMe()
    {
        _manager = Sockets.BindDatagram(_folder.At("notify"));
        return new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _folder.At("notify") };
    }

    private void WaitUntilReady()
    {
        using (_manager)
            Assert.Equal("READY=1", Sockets.ReceiveText(_manager!));
    }

    // All levels but errors and warnings occur in an ordinary visit.
    private static void AssertLeast(string expected, string[] lines)
    {
        string[] levels = ["TRACE", "DEBUG", "INFO"];
        string[] seen = [.. levels.Where(l => lines.Skip(1).Any(line => line.Contains($"Z {l,-5} ", StringComparison.Ordinal)))];
        Assert.Equal(levels.SkipWhile(l => l != expected), seen);
    }

    private string[] Visit(string? rustLog, params string[] arguments)
    {
        Dictionary<string, string> environment = [];
        if (rustLog is not null)
            environment["RUST_LOG"] = rustLog;
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.RngLink, ["-s", _folder.At("rng"), .. arguments], new ChildOptions { Environment = environment });
        daemon.Err.WaitFor("listening on");
        using (Guest guest = Guest.Connect(_folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(8));
        // The next one is served after the first one's end was noticed.
        using (Guest guest = Guest.Connect(_folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(8));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        return daemon.Err.WaitForEnd();
    }
}
