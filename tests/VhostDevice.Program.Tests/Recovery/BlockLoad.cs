// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>
/// Reads and writes of a disk's blocks, at most one at a time for each block, so that it is known what must be in it.
/// What a request looks like is the device's affair.
/// </summary>
internal abstract class BlockLoad
{
    public const int BlockBytes = 4096;

    private readonly Random _random;
    private readonly DriverQueue[] _queues;
    private readonly int[] _version;
    private readonly Request[] _requests;
    private readonly Stack<int> _free = new();
    private readonly HashSet<int> _busy = [];
    private readonly Dictionary<(int Queue, ushort Id), int> _out = [];

    /// <param name="queues">The queues of requests.</param>
    /// <param name="room">Bytes of memory that each request takes.</param>
    protected BlockLoad(FrontEndDevice device, IEnumerable<DriverQueue> queues, int blocks, int depth, int room, int seed)
    {
        Device = device;
        _random = new Random(seed);
        _queues = [.. queues];
        _version = new int[blocks];
        _requests = new Request[depth];
        for (int i = 0; i < depth; i++)
        {
            _requests[i] = new Request { Address = device.Memory.Allocate((ulong)room) };
            _free.Push(i);
        }
    }

    /// <summary>Requests answered so far.</summary>
    public int Returned { get; private set; }

    protected FrontEndDevice Device { get; }

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
            Choose(index);
        foreach (DriverQueue queue in _queues)
            queue.Submit();
    }

    public void Drain()
    {
        while (_out.Count > 0)
            Take();
        Assert.All(_queues, static q => Assert.Equal(0, q.InFlight));
    }

    /// <summary>What was acknowledged is in the file.</summary>
    public void AssertFile(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        for (int block = 0; block < _version.Length; block++)
            Assert.True(
                content.AsSpan(block * BlockBytes, BlockBytes).SequenceEqual(Content(block, _version[block])),
                $"Block {block} is not what was written last.");
    }

    /// <summary>Writes the head of a request into the guest's memory.</summary>
    /// <param name="dataAt">Where its data is: what is to be written, or room.</param>
    protected abstract DriverBuffer[] Prepare(in Request request, out ulong dataAt);

    /// <summary>Looks at the answer, which must be good.</summary>
    /// <returns>False when the device asks for the request once more.</returns>
    protected abstract bool IsDone(in Request request);

    private void Choose(int index)
    {
        ref Request r = ref _requests[index];
        do
            r.Block = _random.Next(_version.Length);
        while (!_busy.Add(r.Block));
        r.IsWrite = _random.Next(2) == 0;
        Send(index);
    }

    private void Send(int index)
    {
        ref Request r = ref _requests[index];
        DriverBuffer[] buffers = Prepare(in r, out r.DataAt);
        Span<byte> data = Device.Memory.Span(r.DataAt, BlockBytes);
        if (r.IsWrite)
            Content(r.Block, _version[r.Block] + 1).CopyTo(data);
        else
            data.Fill(0xee);
        DriverQueue queue = _queues[_random.Next(_queues.Length)];
        _out.Add((queue.Index, queue.Add(buffers)), index);
    }

    private void Take()
    {
        DriverQueue? queue = _queues.FirstOrDefault(static q => q.HasUsed) ?? _queues.First(static q => q.InFlight > 0);
        Assert.True(queue.WaitForUsed(Patience.Time), $"Stuck after {Returned} answers with {_out.Count} requests out.");
        while (queue.TryPop(out UsedChain used))
        {
            Assert.True(_out.Remove((queue.Index, used.Id), out int index));
            if (!IsDone(in _requests[index]))
            {
                Send(index);
                continue;
            }

            Check(_requests[index]);
            _busy.Remove(_requests[index].Block);
            _free.Push(index);
            Returned++;
        }

        foreach (DriverQueue each in _queues)
            each.Submit();
    }

    private void Check(Request r)
    {
        if (r.IsWrite)
            _version[r.Block]++;
        else
            Assert.True(
                Device.Memory.Span(r.DataAt, BlockBytes).SequenceEqual(Content(r.Block, _version[r.Block])),
                $"Block {r.Block} was not read as it was written last.");
    }

    // A new disk is empty.
    private static byte[] Content(int block, int version)
    {
        byte[] content = new byte[BlockBytes];
        if (version > 0)
            new Random((block * 100_003) + version).NextBytes(content);
        return content;
    }

    internal struct Request
    {
        internal ulong Address;
        internal ulong DataAt;
        internal int Block;
        internal bool IsWrite;
    }
}
