// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>What a request said at the end.</summary>
/// <param name="Status">The last byte that the device could write; null when there was none.</param>
/// <param name="Used">What the used ring says.</param>
/// <param name="Data">What the device could write before the status; 0xee where it did not.</param>
internal sealed record I2cAnswer(byte? Status, uint Used, byte[] Data)
{
    internal bool IsOk => Status == 0;

    /// <summary>Status, -1 for none, and length.</summary>
    internal (int Status, uint Used) Said => (Status ?? -1, Used);
}

/// <summary>The requests of an I2C driver, in any cut.</summary>
internal sealed class I2cGuest(FrontEndDevice front)
{
    internal const uint FailNext = 1;
    internal const uint Read = 2;
    internal const byte Untouched = 0xee;

    private readonly Dictionary<ushort, (ulong Address, int Room)> _out = [];

    internal FrontEndDevice Front => front;

    internal DriverQueue Queue => front.Queues[0];

    internal static byte[] Header(int address, uint flags)
    {
        byte[] header = new byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(address << 1));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), flags);
        return header;
    }

    /// <summary>Adds a write; not submitted yet.</summary>
    internal ushort Write(int address, byte[] bytes, bool more = false) =>
        Add([.. Header(address, more ? FailNext : 0), .. bytes], [8, bytes.Length], [1]);

    /// <summary>Adds a read; not submitted yet.</summary>
    internal ushort ReadFrom(int address, int length, bool more = false) =>
        Add(Header(address, Read | (more ? FailNext : 0)), [8], [length, 1]);

    /// <summary>Adds a request with exactly these bytes, cut into descriptors of these sizes; empty ones are left out.</summary>
    /// <param name="cuts">Of <paramref name="readable"/>.</param>
    /// <param name="room">What the device may write, likewise.</param>
    internal ushort Add(byte[] readable, int[] cuts, int[] room, bool indirect = false)
    {
        ulong source = front.Memory.Allocate((ulong)Math.Max(readable.Length, 1));
        front.Memory.Write(source, readable);
        int total = room.Sum();
        ulong target = front.Memory.Allocate((ulong)Math.Max(total, 1));
        byte[] untouched = new byte[total];
        Array.Fill(untouched, Untouched);
        front.Memory.Write(target, untouched);

        List<DriverBuffer> buffers = [];
        ulong at = source;
        foreach (int n in cuts.Where(n => n > 0))
        {
            buffers.Add(DriverBuffer.Readable(at, (uint)n));
            at += (ulong)n;
        }

        at = target;
        foreach (int n in room.Where(n => n > 0))
        {
            buffers.Add(DriverBuffer.Writable(at, (uint)n));
            at += (ulong)n;
        }

        ushort id = indirect ? Queue.AddIndirect([.. buffers]) : Queue.Add([.. buffers]);
        _out[id] = (target, total);
        return id;
    }

    internal void Submit() => Queue.Submit();

    /// <summary>The next answer, which must be that of this request: they come in order.</summary>
    internal I2cAnswer Answer(ushort id)
    {
        UsedChain used = Queue.Take();
        if (used.Id != id)
            throw new InvalidOperationException($"chain {used.Id} came back instead of {id}");
        (ulong address, int room) = _out[id];
        byte[] bytes = new byte[room];
        front.Memory.Read(address, bytes);
        _out.Remove(id);
        return room == 0 ? new I2cAnswer(null, used.Length, []) : new I2cAnswer(bytes[^1], used.Length, bytes[..^1]);
    }

    /// <summary>Submits, and waits for all of these.</summary>
    internal I2cAnswer[] Run(params ushort[] ids)
    {
        Submit();
        return [.. ids.Select(Answer)];
    }
}
