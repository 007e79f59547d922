// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.Scsi;

/// <summary>A command without a transport: its buffers are arrays.</summary>
internal sealed unsafe class TestTask : ScsiTask
{
    private readonly IoVec[] _in = GC.AllocateUninitializedArray<IoVec>(1, pinned: true);
    private readonly IoVec[] _out = GC.AllocateUninitializedArray<IoVec>(1, pinned: true);

    internal TestTask(ReadOnlySpan<byte> cdb, int room, ReadOnlySpan<byte> data)
    {
        cdb.CopyTo(Cdb);
        In = GC.AllocateArray<byte>(Math.Max(1, room), pinned: true);
        Sent = GC.AllocateArray<byte>(Math.Max(1, data.Length), pinned: true);
        data.CopyTo(Sent);
        InLength = (ulong)room;
        OutLength = (ulong)data.Length;
        fixed (byte* p = In)
            _in[0] = new IoVec(p, (nuint)room);
        fixed (byte* p = Sent)
            _out[0] = new IoVec(p, (nuint)data.Length);
    }

    public override ulong InLength { get; }

    public override ulong OutLength { get; }

    internal byte[] In { get; }

    internal byte[] Sent { get; }

    internal bool IsComplete { get; private set; }

    /// <summary>What arrived, in hexadecimal digits.</summary>
    internal string InHex => Convert.ToHexString(In.AsSpan(0, (int)InBytes));

    /// <summary>Key, code and qualifier of the sense data: "05/24/00"; empty without any.</summary>
    internal string SenseText
    {
        get
        {
            if (Sense.IsEmpty)
                return "";
            bool isFixed = Sense[0] is 0x70 or 0xF0;
            return isFixed ? $"{Sense[2]:X2}/{Sense[12]:X2}/{Sense[13]:X2}" : $"{Sense[1]:X2}/{Sense[2]:X2}/{Sense[3]:X2}";
        }
    }

    protected override void Completed() => IsComplete = true;

    protected override ReadOnlySpan<IoVec> InPieces(out ulong skip)
    {
        skip = 0;
        return _in;
    }

    protected override ReadOnlySpan<IoVec> OutPieces(out ulong skip)
    {
        skip = 0;
        return _out;
    }
}
