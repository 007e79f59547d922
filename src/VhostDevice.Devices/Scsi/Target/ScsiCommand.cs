// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>A command that the disk knows.</summary>
public sealed class ScsiCommand
{
    private readonly byte[] _usage;
    private readonly ulong _low;
    private readonly ulong _high;

    /// <param name="serviceAction">For operation codes that have them.</param>
    /// <param name="usage">
    /// The CDB usage data of REPORT SUPPORTED OPERATION CODES: 1 for each bit that means something. A CDB with another
    /// bit set is refused. As many bytes as the CDB has, up to 16; the first one is the operation code.
    /// </param>
    internal ScsiCommand(string name, int? serviceAction, string usage, CommandTraits traits, Func<ScsiTask, Step> handler)
    {
        Name = name;
        ServiceAction = serviceAction;
        _usage = Convert.FromHexString(usage.Replace(" ", "", StringComparison.Ordinal));
        Opcode = _usage[0];
        Traits = traits;
        Handler = handler;
        byte[] forbidden = new byte[16];
        for (int i = 1; i < _usage.Length; i++)
            forbidden[i] = (byte)~_usage[i];
        if (serviceAction is { } action)
        {
            // The service action is compared with when the command is looked up; its place shows its value.
            forbidden[1] &= 0xE0;
            _usage[1] = (byte)((_usage[1] & 0xE0) | action);
        }

        _low = MemoryMarshal.Read<ulong>(forbidden);
        _high = MemoryMarshal.Read<ulong>(forbidden.AsSpan(8));
    }

    public string Name { get; }

    public byte Opcode { get; }

    public int? ServiceAction { get; }

    /// <summary>Bytes of the CDB.</summary>
    public int Length => _usage.Length;

    public CommandTraits Traits { get; }

    /// <summary>The CDB usage data.</summary>
    public ReadOnlySpan<byte> Usage => _usage;

    internal Func<ScsiTask, Step> Handler { get; }

    /// <summary>Whether the unit has the command.</summary>
    internal bool IsOffered(LogicalUnit unit) => (Traits & CommandTraits.ThinOnly) == 0 || unit.Options.Thin;

    internal bool IsWellFormed(ReadOnlySpan<byte> cdb) =>
        ((MemoryMarshal.Read<ulong>(cdb) & _low) | (MemoryMarshal.Read<ulong>(cdb[8..]) & _high)) == 0;

    /// <summary>The first byte with a bit that means nothing, and the highest such bit.</summary>
    internal (int Byte, int Bit) WrongField(ReadOnlySpan<byte> cdb)
    {
        for (int i = 1; i < _usage.Length; i++)
        {
            int mask = i == 1 && ServiceAction is not null ? _usage[1] | 0x1F : _usage[i];
            int wrong = cdb[i] & ~mask;
            if (wrong != 0)
                return (i, BitOperations.Log2((uint)wrong));
        }

        return (0, 7);
    }
}
