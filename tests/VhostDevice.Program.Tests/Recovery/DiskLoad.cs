// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.TestDisk;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>
/// Reads and writes of a disk's blocks, at most one at a time for each block, so that it is known what must be in it.
/// </summary>
internal sealed class DiskLoad
{
    public const int BlockBytes = 4096;

    private const int SectorsPerBlock = BlockBytes / DiskConfig.SectorSize;

    private readonly FrontEndDevice _device;
    private readonly Random _random;
    private readonly int[] _version;
    private readonly Request[] _requests;
    private readonly Stack<int> _free = new();
    private readonly HashSet<int> _busy = [];
    private readonly Dictionary<(int Queue, ushort Id), int> _out = [];

    public DiskLoad(FrontEndDevice device, int blocks, int depth, int seed)
    {
        _device = device;
        _random = new Random(seed);
        _version = new int[blocks];
        _requests = new Request[depth];
        for (int i = 0; i < depth; i++)
        {
            _requests[i] = new Request { Address = device.Memory.Allocate(DiskRequestHeader.Size + BlockBytes + 1) };
            _free.Push(i);
        }
    }

    /// <summary>Requests answered so far.</summary>
    public int Returned { get; private set; }

    /// <summary>Goes on until so many more answers came.</summary>
    public void Run(int answers)
    {
        for (int end = Returned + answers; Returned < end;)
        {
            Fill();
            Take();
        }
    }

    public void Fill()
    {
        while (_free.TryPop(out int index))
            Send(index);
        foreach (DriverQueue queue in _device.Queues)
            queue.Submit();
    }

    public void Drain()
    {
        while (_out.Count > 0)
            Take();
        Assert.All(_device.Queues, static q => Assert.Equal(0, q.InFlight));
    }

    /// <summary>What was acknowledged is in the file.</summary>
    public void AssertFile(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        for (int block = 0; block < _version.Length; block++)
            Assert.True(content.AsSpan(block * BlockBytes, BlockBytes).SequenceEqual(Content(block, _version[block])), $"Block {block} is not what was written last.");
    }

    private void Send(int index)
    {
        ref Request r = ref _requests[index];
        do
            r.Block = _random.Next(_version.Length);
        while (!_busy.Add(r.Block));
        r.IsWrite = _random.Next(2) == 0;
        DiskRequestHeader header = new()
        {
            Type = r.IsWrite ? DiskRequestType.Out : DiskRequestType.In,
            Sector = (ulong)r.Block * SectorsPerBlock,
        };
        MemoryMarshal.Write(_device.Memory.Span(r.Address, DiskRequestHeader.Size), in header);
        Span<byte> data = _device.Memory.Span(r.Address + DiskRequestHeader.Size, BlockBytes);
        if (r.IsWrite)
            Content(r.Block, _version[r.Block] + 1).CopyTo(data);
        else
            data.Fill(0xee);
        _device.Memory.Span(r.Address + DiskRequestHeader.Size + BlockBytes, 1)[0] = 0xff;

        ulong dataAt = r.Address + DiskRequestHeader.Size;
        DriverQueue queue = _device.Queues[_random.Next(_device.Queues.Count)];
        ushort id = queue.Add(
            DriverBuffer.Readable(r.Address, DiskRequestHeader.Size),
            r.IsWrite ? DriverBuffer.Readable(dataAt, BlockBytes) : DriverBuffer.Writable(dataAt, BlockBytes),
            DriverBuffer.Writable(dataAt + BlockBytes, 1));
        _out.Add((queue.Index, id), index);
    }

    private void Take()
    {
        DriverQueue? queue = _device.Queues.FirstOrDefault(static q => q.HasUsed) ?? _device.Queues.First(static q => q.InFlight > 0);
        Assert.True(queue.WaitForUsed(Patience.Time), $"Stuck after {Returned} answers with {_out.Count} requests out.");
        while (queue.TryPop(out UsedChain used))
        {
            Assert.True(_out.Remove((queue.Index, used.Id), out int index));
            Check(_requests[index]);
            _busy.Remove(_requests[index].Block);
            _free.Push(index);
            Returned++;
        }
    }

    private void Check(Request r)
    {
        Span<byte> data = _device.Memory.Span(r.Address + DiskRequestHeader.Size, BlockBytes);
        Assert.Equal(DiskStatus.Ok, (DiskStatus)_device.Memory.Span(r.Address + DiskRequestHeader.Size + BlockBytes, 1)[0]);
        if (r.IsWrite)
            _version[r.Block]++;
        else
            Assert.True(data.SequenceEqual(Content(r.Block, _version[r.Block])), $"Block {r.Block} was not read as it was written last.");
    }

    // A new disk is empty.
    private static byte[] Content(int block, int version)
    {
        byte[] content = new byte[BlockBytes];
        if (version > 0)
            new Random((block * 100_003) + version).NextBytes(content);
        return content;
    }

    private struct Request
    {
        internal ulong Address;
        internal int Block;
        internal bool IsWrite;
    }
}
