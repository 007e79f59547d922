// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Sandbox;

/// <summary>Kernels and containers without a piece of the sandbox: a warning, and the daemon serves. strace(1) plays them.</summary>
public sealed class MissingPieceTests
{
    [Theory]
    [InlineData("landlock_create_ruleset", "ENOSYS", "paths are not restricted: this kernel has no Landlock")]
    [InlineData("landlock_create_ruleset", "EOPNOTSUPP", "paths are not restricted: Landlock is switched off")]
    [InlineData("landlock_create_ruleset", "EPERM", "paths are not restricted: Operation not permitted")]
    [InlineData("landlock_restrict_self", "E2BIG", "paths are not restricted: Argument list too long")]
    [InlineData("seccomp", "ENOSYS", "system calls are not restricted: this kernel has no seccomp filters")]
    [InlineData("seccomp", "EINVAL", "system calls are not restricted: this kernel has no seccomp filters")]
    [InlineData("seccomp", "EPERM", "system calls are not restricted: Operation not permitted")]
    public void What_is_missing_is_told_and_the_rest_goes_on(string call, string error, string warning)
    {
        using TemporaryFolder folder = new();
        using ChildProcess daemon = Start(folder, $"{call}:error={error}");
        int ready = daemon.Err.WaitFor($"listening on {folder.At("rng0")}");
        string[] told = [.. daemon.Err.Lines[..ready].Where(l => l.Contains(" sandbox: ", StringComparison.Ordinal))];
        Assert.EndsWith($"WARN  vhost_device_rng] sandbox: {warning}", Assert.Single(told), StringComparison.Ordinal);
        Assert.Single(
            daemon.Err.Lines[..ready],
            l =>
                l.Contains("the sandbox is on", StringComparison.Ordinal)
                    && l.EndsWith($"; {warning}", StringComparison.Ordinal));
        using (Guest guest = Guest.Connect(folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(64));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.Empty(folder.Names);
    }

    // -D: the daemon is the child, and strace goes its own way.
    private static ChildProcess Start(TemporaryFolder folder, string injection)
    {
        const string strace = "/usr/bin/strace";
        Assert.SkipUnless(File.Exists(strace), "needs strace");
        return ChildProcess.Start(
            strace, ["-D", "-f", "-qq", "-o", "/dev/null", "-e", $"inject={injection}", ProgramFile.RngLink, "-s", folder.At("rng")]);
    }
}
