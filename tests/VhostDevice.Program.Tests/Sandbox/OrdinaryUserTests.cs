// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Sandbox;

/// <summary>A daemon that somebody without privileges starts, in the whole sandbox.</summary>
public sealed class OrdinaryUserTests
{
    private const string Nobody = "65534";

    [Fact]
    public void The_sandbox_needs_no_privileges()
    {
        using TemporaryFolder folder = new();
        string program = ProgramFile.Path;
        string[] command = [program];
        if (Environment.IsPrivilegedProcess)
        {
            // Where the repository lies others may not look.
            program = folder.At("vhost-device");
            File.Copy(ProgramFile.Path, program);
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111);
            command = ["/usr/bin/setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", program];
        }

        using ChildProcess daemon = ChildProcess.Start(command[0], [.. command[1..], "rng", "-s", folder.At("rng")]);
        daemon.Err.WaitFor("listening on");
        using (Guest guest = Guest.Connect(folder.At("rng0")))
            Assert.Equal(64, guest.Ask(64).Length);
        string[] status = File.ReadAllLines($"/proc/{daemon.Id}/status");
        Assert.DoesNotContain(status, static l => l.StartsWith("Uid:\t0\t", StringComparison.Ordinal));
        Assert.Contains("Seccomp:\t2", status);
        Assert.DoesNotContain(daemon.Err.Lines, static l => l.Contains("WARN", StringComparison.Ordinal));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.False(File.Exists(folder.At("rng0")));
    }
}
