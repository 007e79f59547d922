// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux.Sandbox;
using static VhostDevice.Linux.Sandbox.SystemCalls;

namespace VhostDevice.Program.Tests.Sandbox;

/// <summary>
/// The published daemon, with one of its threads in somebody else's hands: what it can do then, and that what it cannot
/// do is its end.
/// </summary>
public sealed class TakenOverTests
{
    private const long ENOENT = 2, EACCES = 13, ENOSYS = 38;
    private const ulong AT_FDCWD = unchecked((ulong)-100);
    private const ulong PROT_READ = 1, PROT_EXEC = 4, MAP_PRIVATE_ANONYMOUS = 0x22;
    private const ulong AF_UNIX = 1, AF_INET = 2, SOCK_STREAM = 1;
    private const ulong SIGCHLD = 17, TIOCSTI = 0x5412, F_SETOWN = 8, PR_SET_DUMPABLE = 4;
    private const int SYS_fork = 57, SYS_setuid = 105, SYS_mount = 165, SYS_process_vm_writev = 311, SYS_rename = 82, x32 = 0x40000000;

    private static readonly Dictionary<string, Func<TakenOverThread, long?>> s_forbidden = new()
    {
        ["execve"] = t => t.Call(execve.Number, t.Text("/bin/true")),
        ["execveat"] = t => t.Call(execveat.Number, AT_FDCWD, t.Text("/bin/true")),
        ["fork"] = t => t.Call(SYS_fork),
        ["clone without CLONE_THREAD"] = t => t.Call(clone.Number, SIGCHLD),
        ["ptrace"] = t => t.Call(ptrace.Number),
        ["process_vm_writev"] = t => t.Call(SYS_process_vm_writev, 1),
        ["socket(AF_INET)"] = t => t.Call(socket.Number, AF_INET, SOCK_STREAM),
        ["socket(AF_UNIX)"] = t => t.Call(socket.Number, AF_UNIX, SOCK_STREAM),
        ["connect"] = t => t.Call(connect.Number),
        ["mmap(PROT_EXEC)"] = t => t.Call(mmap.Number, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE_ANONYMOUS, ulong.MaxValue),
        ["mprotect(PROT_EXEC)"] = t => t.Call(mprotect.Number, 0, 4096, PROT_EXEC),
        ["kill"] = t => t.Call(kill.Number, 1),
        ["tgkill of another process"] = t => t.Call(tgkill.Number, 1, 1),
        ["prctl(PR_SET_DUMPABLE)"] = t => t.Call(prctl.Number, PR_SET_DUMPABLE, 1),
        ["fcntl(F_SETOWN)"] = t => t.Call(fcntl.Number, 0, F_SETOWN, 1),
        ["ioctl(TIOCSTI)"] = t => t.Call(ioctl.Number, 0, TIOCSTI),
        ["io_uring_setup"] = t => t.Call(io_uring_setup.Number, 1),
        ["rename"] = t => t.Call(SYS_rename, t.Text("a"), t.Text("b")),
        ["setuid"] = t => t.Call(SYS_setuid),
        ["mount"] = t => t.Call(SYS_mount),
        ["seccomp"] = t => t.Call(seccomp.Number),
        ["read by its number in x32"] = t => t.Call(x32 | read.Number),
        ["a number without a call"] = t => t.Call(100_000),
    };

    public static TheoryData<string> Forbidden => [.. s_forbidden.Keys];

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void A_forbidden_call_is_the_end(string name)
    {
        using Daemon daemon = Daemon.Start();
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, daemon.Process.Id);
        Assert.Null(s_forbidden[name](thread));
        Assert.Equal(128 + Libc.SIGSYS, daemon.Process.WaitForExit());
    }

    [Theory]
    [InlineData(".NET Finalizer")]
    [InlineData(".NET SigHandler")]
    [InlineData("socket-1")]
    [InlineData("rng-source")]
    public void In_other_threads_as_well(string name)
    {
        using TemporaryFolder folder = new();
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 2, "-f", folder.MakeFifo("fifo"));
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, Thread(daemon, name));
        Assert.Null(thread.Call(execve.Number, thread.Text("/bin/true")));
        Assert.Equal(128 + Libc.SIGSYS, daemon.Process.WaitForExit());
    }

    /// <summary>Landlock: only what lies beside the sockets can be removed, whichever thread tries.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(".NET Finalizer")]
    [InlineData(".NET SigHandler")]
    [InlineData("socket-1")]
    public void Files_of_others_cannot_be_removed(string? name)
    {
        using TemporaryFolder foreign = new();
        File.WriteAllText(foreign.At("file"), "");
        using Daemon daemon = Daemon.Start(new TemporaryFolder(), 2);
        Assert.SkipUnless(HasLandlock(), "no Landlock here");
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, name is null ? daemon.Process.Id : Thread(daemon, name));
        Assert.Equal(-EACCES, thread.Call(unlink.Number, thread.Text(foreign.At("file"))));
        Assert.Equal(-EACCES, thread.Call(unlinkat.Number, AT_FDCWD, thread.Text(foreign.At("file"))));
        Assert.True(File.Exists(foreign.At("file")));
    }

    [Fact]
    public void The_socket_can_be_removed()
    {
        using Daemon daemon = Daemon.Start();
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, daemon.Process.Id);
        Assert.Equal(-ENOENT, thread.Call(unlink.Number, thread.Text(daemon.Folder.At("missing"))));
        Assert.Equal(0, thread.Call(unlink.Number, thread.Text(daemon.Socket())));
        Assert.False(File.Exists(daemon.Socket()));
    }

    [Fact]
    public void Nothing_can_be_opened_and_clone3_does_not_exist()
    {
        using Daemon daemon = Daemon.Start();
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, daemon.Process.Id);
        Assert.Equal(-EACCES, thread.Call(openat.Number, AT_FDCWD, thread.Text("/dev/null")));
        Assert.Equal(-EACCES, thread.Call(openat.Number, AT_FDCWD, thread.Text("/etc/passwd")));
        Assert.Equal(-ENOSYS, thread.Call(clone3.Number));
        Assert.Equal(daemon.Process.Id, thread.Call(getpid.Number));
    }

    /// <summary>The control: with the sandbox off the same calls succeed, so it is the sandbox that forbids them.</summary>
    [Fact]
    public void Without_a_sandbox_they_succeed()
    {
        using TemporaryFolder foreign = new();
        File.WriteAllText(foreign.At("file"), "");
        using Daemon daemon = Daemon.Start("--sandbox", "off");
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, daemon.Process.Id);
        Assert.True(thread.Call(socket.Number, AF_UNIX, SOCK_STREAM) >= 0);
        Assert.True(thread.Call(openat.Number, AT_FDCWD, thread.Text("/dev/null")) >= 0);
        Assert.True(thread.Call(mmap.Number, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE_ANONYMOUS, ulong.MaxValue) > 0);
        Assert.Equal(0, thread.Call(unlink.Number, thread.Text(foreign.At("file"))));
    }

    /// <summary>--sandbox seccomp has no Landlock: the file goes, and the call that is forbidden still kills.</summary>
    [Fact]
    public void Seccomp_alone_leaves_the_paths()
    {
        using TemporaryFolder foreign = new();
        File.WriteAllText(foreign.At("file"), "");
        using Daemon daemon = Daemon.Start("--sandbox", "seccomp");
        using TakenOverThread thread = TakenOverThread.Take(daemon.Process, daemon.Process.Id);
        Assert.Equal(0, thread.Call(unlink.Number, thread.Text(foreign.At("file"))));
        Assert.Null(thread.Call(socket.Number, AF_INET, SOCK_STREAM));
        Assert.Equal(128 + Libc.SIGSYS, daemon.Process.WaitForExit());
    }

    private static bool HasLandlock()
    {
        Linux.Errno errno = LandlockRuleset.Create(out LandlockRuleset? ruleset);
        ruleset?.Dispose();
        return errno.IsSuccess;
    }

    // A thread gets its name after it has begun.
    private static int Thread(Daemon daemon, string name)
    {
        string? found = null;
        Eventually.Holds(
            () => (found = Directory.GetDirectories($"/proc/{daemon.Process.Id}/task")
                .FirstOrDefault(d => name.StartsWith(File.ReadAllText(d + "/comm").Trim(), StringComparison.Ordinal))) is not null,
            () => $"there is no thread {name}");
        return int.Parse(Path.GetFileName(found!), CultureInfo.InvariantCulture);
    }
}
