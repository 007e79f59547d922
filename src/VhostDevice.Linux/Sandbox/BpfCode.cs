// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Linux.Sandbox;

/// <summary>
/// Pieces of a classic BPF program. Jumps are relative and forwards, so pieces are made from the inside out and put one
/// after the other.
/// </summary>
internal static class BpfCode
{
    /// <summary>A conditional jump skips this many instructions at most; beyond that it takes a plain jump.</summary>
    private const int MaxShortJump = byte.MaxValue;

    /// <summary>Loads 32 bits of what the filter looks at.</summary>
    /// <param name="offset">In <c>struct seccomp_data</c>.</param>
    internal static SockFilter Load(int offset) => new() { Code = Libc.BPF_LD | Libc.BPF_W | Libc.BPF_ABS, Operand = (uint)offset };

    internal static SockFilter And(uint mask) => new() { Code = Libc.BPF_ALU | Libc.BPF_AND | Libc.BPF_K, Operand = mask };

    /// <summary>Ends the program with its answer.</summary>
    internal static SockFilter Return(uint answer) => new() { Code = Libc.BPF_RET | Libc.BPF_K, Operand = answer };

    /// <summary><paramref name="then"/> where the loaded value equals the operand; otherwise what follows it.</summary>
    internal static SockFilter[] IfEqual(uint operand, SockFilter[] then) => If(Libc.BPF_JEQ, operand, then);

    /// <summary><paramref name="then"/> where the loaded value is at least the operand; otherwise what follows it.</summary>
    internal static SockFilter[] IfAtLeast(uint operand, SockFilter[] then) => If(Libc.BPF_JGE, operand, then);

    private static SockFilter[] If(ushort comparison, uint operand, SockFilter[] then)
    {
        ushort code = (ushort)(Libc.BPF_JMP | comparison | Libc.BPF_K);
        if (then.Length <= MaxShortJump)
            return [new SockFilter { Code = code, Operand = operand, JumpFalse = (byte)then.Length }, .. then];
        return
        [
            new SockFilter { Code = code, Operand = operand, JumpTrue = 1 },
            new SockFilter { Code = Libc.BPF_JMP | Libc.BPF_JA, Operand = (uint)then.Length },
            .. then,
        ];
    }
}
