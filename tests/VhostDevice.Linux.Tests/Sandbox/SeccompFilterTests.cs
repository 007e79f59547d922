// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux.Sandbox;
using static VhostDevice.Linux.Sandbox.SystemCalls;

namespace VhostDevice.Linux.Tests.Sandbox;

/// <summary>What the programs answer. That the kernel heeds them is shown with the published binary.</summary>
public unsafe class SeccompFilterTests
{
    private const uint Kill = Libc.SECCOMP_RET_KILL_PROCESS;
    private const uint Allow = Libc.SECCOMP_RET_ALLOW;
    private const int MoreThanAllNumbers = 1024;

    private static readonly uint s_architecture =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Libc.AUDIT_ARCH_AARCH64 : Libc.AUDIT_ARCH_X86_64;

    [Fact]
    public void Every_number_has_the_answer_of_its_rule()
    {
        SystemCall[] all = [.. Abi.Declared.SystemCalls.Where(c => c.Number != SystemCall.None)];
        Random random = new(5);
        for (int count = 0; count <= all.Length; count += count < 8 ? 1 : 9)
        {
            random.Shuffle(all);
            SeccompFilter filter = new();
            filter.Allow(all.AsSpan(..count));
            SockFilter[] program = filter.Assemble();
            int[] allowed = [.. all[..count].Select(c => c.Number)];
            for (int number = -1; number < MoreThanAllNumbers; number++)
                Assert.Equal(allowed.Contains(number) ? Allow : Kill, Ask(program, number));
        }
    }

    [Fact]
    public void Other_architectures_and_x32_are_refused()
    {
        SeccompFilter filter = new();
        filter.Allow(read, write);
        SockFilter[] program = filter.Assemble();
        Assert.Equal(Allow, Ask(program, read.Number));
        Assert.Equal(Kill, Ask(program, read.Number | 0x40000000));
        Assert.Equal(Kill, BpfMachine.Run(program, new SeccompData { Number = read.Number, Architecture = 0x40000003 /* i386 */ }));
        Assert.Equal(Kill, BpfMachine.Run(program, new SeccompData { Number = read.Number, Architecture = s_architecture ^ 1 }));
    }

    [Fact]
    public void Arguments_decide()
    {
        SeccompFilter filter = new();
        filter.AllowWhere(fcntl, ArgumentCheck.Is(1, 3), ArgumentCheck.Is(1, 1030));
        filter.AllowWhere(mmap, ArgumentCheck.HasNone(2, 4));
        filter.AllowWhere(clone, ArgumentCheck.HasAll(0, 0x10100));
        filter.AllowWhere(prlimit64, ArgumentCheck.IsNull(5));
        SockFilter[] program = filter.Assemble();

        Assert.Equal(Allow, Ask(program, fcntl.Number, 0, 3));
        Assert.Equal(Allow, Ask(program, fcntl.Number, 0, 1030));
        Assert.Equal(Kill, Ask(program, fcntl.Number, 3, 4));
        Assert.Equal(Allow, Ask(program, mmap.Number, 0, 0, 3));
        Assert.Equal(Kill, Ask(program, mmap.Number, 0, 0, 5));
        Assert.Equal(Allow, Ask(program, clone.Number, 0x3d0f00 | 0x10100));
        Assert.Equal(Kill, Ask(program, clone.Number, 0x10000));
        Assert.Equal(Kill, Ask(program, clone.Number, 0x11));
        Assert.Equal(Allow, Ask(program, prlimit64.Number, 1, 1, 1, 1, 1, 0));
        Assert.Equal(Kill, Ask(program, prlimit64.Number, 0, 0, 0, 0, 0, 1));
        Assert.Equal(Kill, Ask(program, prlimit64.Number, 0, 0, 0, 0, 0, 1UL << 32));
    }

    // The kernel takes an int from the lower half of a register, whatever is in the upper one.
    [Fact]
    public void The_upper_half_of_an_int_does_not_matter()
    {
        SeccompFilter filter = new();
        filter.AllowWhere(fcntl, ArgumentCheck.Is(1, 3));
        filter.AllowWhere(mmap, ArgumentCheck.HasNone(2, 4));
        SockFilter[] program = filter.Assemble();
        Assert.Equal(Allow, Ask(program, fcntl.Number, 0, 0xdead_0000_0003));
        Assert.Equal(Kill, Ask(program, mmap.Number, 0, 0, 0xdead_0000_0004));
    }

    [Fact]
    public void An_error_may_be_the_answer_and_the_last_rule_holds()
    {
        SeccompFilter filter = new();
        filter.Allow(openat);
        filter.Fail(openat, Errno.EACCES);
        filter.Fail(clone3, Errno.EACCES);
        filter.Allow(clone3);
        SockFilter[] program = filter.Assemble();
        Assert.Equal(Libc.SECCOMP_RET_ERRNO | 13, Ask(program, openat.Number));
        Assert.Equal(Allow, Ask(program, clone3.Number));
    }

    [Fact]
    public void A_device_adds_to_the_arguments_that_are_good()
    {
        SeccompFilter filter = new();
        filter.AllowWhere(ioctl, ArgumentCheck.Is(1, 1));
        filter.AllowWhere(ioctl, ArgumentCheck.Is(1, 2), ArgumentCheck.Is(1, 3));
        SockFilter[] program = filter.Assemble();
        for (uint i = 0; i < 6; i++)
            Assert.Equal(i is 1 or 2 or 3 ? Allow : Kill, Ask(program, ioctl.Number, 0, i));
    }

    [Fact]
    public void To_log_forbids_nothing()
    {
        SeccompFilter filter = new(logOnly: true);
        filter.Allow(read);
        filter.AllowWhere(mmap, ArgumentCheck.HasNone(2, 4));
        SockFilter[] program = filter.Assemble();
        Assert.Equal(Libc.SECCOMP_RET_LOG, Ask(program, execve.Number));
        Assert.Equal(Libc.SECCOMP_RET_LOG, Ask(program, mmap.Number, 0, 0, 4));
        Assert.Equal(Allow, Ask(program, read.Number));
    }

    // More checks than a conditional jump can skip.
    [Fact]
    public void Long_ways_are_possible()
    {
        SeccompFilter filter = new();
        filter.Allow(read);
        filter.AllowWhere(ioctl, [.. Enumerable.Range(0, 300).Select(i => ArgumentCheck.Is(1, (uint)i * 7))]);
        filter.Allow(userfaultfd);
        SockFilter[] program = filter.Assemble();
        Assert.InRange(program.Length, 600, Libc.BPF_MAXINSNS);
        for (uint i = 0; i < 2200; i++)
            Assert.Equal(i % 7 == 0 && i < 2100 ? Allow : Kill, Ask(program, ioctl.Number, 0, i));
        Assert.Equal(Allow, Ask(program, read.Number));
        Assert.Equal(Allow, Ask(program, userfaultfd.Number));
        Assert.Equal(Kill, Ask(program, openat.Number));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public void There_are_six_arguments(int index) => Assert.Throws<ArgumentOutOfRangeException>(() => ArgumentCheck.Is(index, 0));

    private static uint Ask(ReadOnlySpan<SockFilter> program, int number, params ReadOnlySpan<ulong> arguments)
    {
        SeccompData data = new() { Number = number, Architecture = s_architecture, InstructionPointer = 0x1234 };
        for (int i = 0; i < arguments.Length; i++)
            data.Arguments[i] = arguments[i];
        return BpfMachine.Run(program, data);
    }
}
