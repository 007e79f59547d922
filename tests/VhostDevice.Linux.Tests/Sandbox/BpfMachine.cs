// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Linux.Tests.Sandbox;

/// <summary>Runs a filter as the kernel would, over one system call.</summary>
internal static class BpfMachine
{
    /// <returns>The program's answer; the test fails where the program leaves its bounds or has an unknown instruction.</returns>
    internal static uint Run(ReadOnlySpan<SockFilter> program, in SeccompData data)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<SeccompData>(in data));
        uint a = 0;
        for (int at = 0; ;)
        {
            SockFilter i = program[at++];
            switch (i.Code)
            {
                case Libc.BPF_LD | Libc.BPF_W | Libc.BPF_ABS:
                    a = MemoryMarshal.Read<uint>(bytes[(int)i.Operand..]);
                    break;
                case Libc.BPF_ALU | Libc.BPF_AND | Libc.BPF_K:
                    a &= i.Operand;
                    break;
                case Libc.BPF_JMP | Libc.BPF_JA:
                    at += (int)i.Operand;
                    break;
                case Libc.BPF_JMP | Libc.BPF_JEQ | Libc.BPF_K:
                    at += a == i.Operand ? i.JumpTrue : i.JumpFalse;
                    break;
                case Libc.BPF_JMP | Libc.BPF_JGE | Libc.BPF_K:
                    at += a >= i.Operand ? i.JumpTrue : i.JumpFalse;
                    break;
                case Libc.BPF_RET | Libc.BPF_K:
                    return i.Operand;
                default:
                    Assert.Fail($"instruction {at - 1} has the code {i.Code:x}");
                    break;
            }
        }
    }
}
