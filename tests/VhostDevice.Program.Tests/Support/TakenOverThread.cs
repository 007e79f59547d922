// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Support;

/// <summary>
/// A thread of a child that does what somebody else wants, as after a successful attack: ptrace(2) has it make one
/// system call. All calls must come from one thread of the test; the process does not survive.
/// </summary>
internal sealed unsafe class TakenOverThread : IDisposable
{
    private const int PTRACE_POKEDATA = 5;
    private const int PTRACE_SINGLESTEP = 9;
    private const int PTRACE_GETREGS = 12;
    private const int PTRACE_SETREGS = 13;
    private const int PTRACE_SEIZE = 0x4206;
    private const int PTRACE_INTERRUPT = 0x4207;
    private const int SIGTRAP = 5;
    private const int __WALL = 0x40000000;

    // Below what the function that is interrupted may use of the stack.
    private const ulong BeyondRedZone = 1024;
    private const ulong CallInstructionBytes = 2;

    private readonly ChildProcess _process;
    private readonly int _thread;
    private Registers _registers;
    private ulong _room;
    private bool _hasEnded;

    private TakenOverThread(ChildProcess process, int thread)
    {
        _process = process;
        _thread = thread;
    }

    /// <summary>Stops a thread, which must be inside a system call. The test is skipped where that is not possible.</summary>
    internal static TakenOverThread Take(ChildProcess process, int thread)
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "knows the registers of x86-64 only");
        // It has told that it listens a moment before it waits for that.
        Eventually.Holds(() => IsAsleep(process.Id, thread), () => "the thread does not wait in a system call");
        nint result = Libc.ptrace(PTRACE_SEIZE, thread, 0, 0);
        int errno = Marshal.GetLastPInvokeError();
        Assert.SkipWhen(result < 0 && errno == 1, "ptrace is not permitted here");
        Assert.True(result == 0, new Errno(errno).Message);
        TakenOverThread taken = new(process, thread);
        taken.Trace(PTRACE_INTERRUPT, 0);
        Assert.True(taken.WaitForStop(), "the thread was gone");
        Registers registers;
        taken.Trace(PTRACE_GETREGS, (nint)(&registers));
        taken._registers = registers;
        taken._room = (registers.Rsp - BeyondRedZone) & ~15ul;
        return taken;
    }

    /// <summary>Puts a string into the thread's memory.</summary>
    /// <returns>Its address.</returns>
    internal ulong Text(string text)
    {
        byte[] bytes = new byte[(Encoding.UTF8.GetByteCount(text) + sizeof(ulong)) / sizeof(ulong) * sizeof(ulong)];
        Encoding.UTF8.GetBytes(text, bytes);
        _room -= (ulong)bytes.Length;
        for (int i = 0; i < bytes.Length; i += sizeof(ulong))
            Assert.Equal(0, Libc.ptrace(PTRACE_POKEDATA, _thread, (nint)(_room + (ulong)i), (nint)BitConverter.ToUInt64(bytes, i)));
        return _room;
    }

    /// <summary>Has the thread make a system call.</summary>
    /// <returns>Its result, an error as a negative number; null when it was the end of the process.</returns>
    internal long? Call(int number, params ReadOnlySpan<ulong> arguments)
    {
        Span<ulong> all = stackalloc ulong[6];
        all.Clear();
        arguments.CopyTo(all);
        Registers r = _registers;
        r.Rip -= CallInstructionBytes;
        // The call that was interrupted is not to be made again.
        r.OriginalRax = ulong.MaxValue;
        (r.Rax, r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9) = ((ulong)number, all[0], all[1], all[2], all[3], all[4], all[5]);
        Trace(PTRACE_SETREGS, (nint)(&r));
        Trace(PTRACE_SINGLESTEP, 0);
        if (!WaitForStop())
            return null;
        Trace(PTRACE_GETREGS, (nint)(&r));
        return (long)r.Rax;
    }

    // False when the thread has ended instead, and with it the process.
    // The state is behind the name, which is in brackets.
    private static bool IsAsleep(int process, int thread)
    {
        string stat = File.ReadAllText($"/proc/{process}/task/{thread}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('S');
    }

    private bool WaitForStop()
    {
        int status;
        Assert.Equal(_thread, Libc.waitpid(_thread, &status, __WALL));
        if ((status & 0xff) == 0x7f)
        {
            Assert.Equal(SIGTRAP, (status >> 8) & 0xff);
            return true;
        }

        _hasEnded = true;
        if (_thread == _process.Id)
            _process.HasEnded(status);
        return false;
    }

    public void Dispose()
    {
        // The process is not gone before whoever traces a thread of it has seen that thread's end.
        if (_hasEnded || _thread == _process.Id)
            return;
        int status;
        _ = Libc.kill(_process.Id, Libc.SIGKILL);
        _ = Libc.waitpid(_thread, &status, __WALL);
    }

    private void Trace(int request, nint data)
    {
        nint result = Libc.ptrace(request, _thread, 0, data);
        Assert.True(result == 0, new Errno(Marshal.GetLastPInvokeError()).Message);
    }

    /// <summary><c>struct user_regs_struct</c> of x86-64.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Registers
    {
        internal ulong R15, R14, R13, R12, Rbp, Rbx, R11, R10, R9, R8, Rax, Rcx, Rdx, Rsi, Rdi, OriginalRax, Rip, Cs, Flags, Rsp, Ss;
        internal ulong FsBase, GsBase, Ds, Es, Fs, Gs;
    }
}
