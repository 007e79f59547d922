// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench.Load;

/// <summary>Reads or writes of a disk: a request of the protocol, an answer, and data in one piece between or behind them.</summary>
internal abstract unsafe class DiskShape : LoadShape
{
    private const int DescriptorsPerRequest = 3;

    private readonly LoadOptions _options;
    private readonly DiskLoad _disk;
    private readonly byte*[] _requests;
    private readonly byte*[] _answers;
    private readonly uint _places;
    private uint _random = 0x9E37_79B9;
    private uint _next;

    private protected DiskShape(LoadOptions options, DiskLoad disk)
    {
        _options = options;
        _disk = disk;
        _requests = new byte*[options.Depth];
        _answers = new byte*[options.Depth];
        _places = checked((uint)(disk.DiskBytes / options.Size));
    }

    // Small rings where they do: there are peers that have no larger ones.
    internal override IReadOnlyList<ushort> QueueSizes =>
        [.. Enumerable.Repeat((ushort)(_options.Depth * DescriptorsPerRequest <= 128 ? 128 : 256), Queue + 1)];

    internal override ulong MemorySize => Math.Max(16UL << 20, 2 * (ulong)_options.Depth * (ulong)(_options.Size + 4096));

    /// <summary>Sectors per request.</summary>
    private protected uint Sectors => (uint)_options.Size / DiskLoad.SectorBytes;

    private protected abstract int RequestBytes { get; }

    private protected abstract int AnswerBytes { get; }

    /// <summary>The answer comes before what is read, as in virtio-scsi; otherwise behind it.</summary>
    private protected abstract bool AnswerFirst { get; }

    internal override DriverBuffer[] MakeBuffers(FrontEndMemory memory, int slot)
    {
        ulong request = memory.Allocate((ulong)RequestBytes, 64);
        ulong answer = memory.Allocate((ulong)AnswerBytes, 64);
        ulong data = memory.Allocate((ulong)_options.Size, 4096);
        _requests[slot] = memory.Pointer(request, (ulong)RequestBytes);
        _answers[slot] = memory.Pointer(answer, (ulong)AnswerBytes);
        // Pages that exist, and that no file system takes for a hole.
        memory.Span(data, _options.Size).Fill((byte)(slot + 1));
        WriteFixed(_requests[slot], slot, _disk.Writes);
        DriverBuffer head = DriverBuffer.Readable(request, (uint)RequestBytes);
        DriverBuffer status = DriverBuffer.Writable(answer, (uint)AnswerBytes);
        DriverBuffer body = new(data, (uint)_options.Size, DeviceWritable: !_disk.Writes);
        return _disk.Writes || !AnswerFirst ? [head, body, status] : [head, status, body];
    }

    internal override void Prepare(int slot)
    {
        WritePlace(_requests[slot], NextPlace() * (ulong)Sectors);
        Poison(_answers[slot]);
    }

    internal override long Finish(int slot, uint written)
    {
        Check(_answers[slot]);
        return _options.Size;
    }

    /// <summary>What stays the same in all requests of a slot.</summary>
    private protected abstract void WriteFixed(byte* request, int slot, bool writes);

    private protected abstract void WritePlace(byte* request, ulong sector);

    /// <summary>Makes an answer that was not written tell.</summary>
    private protected abstract void Poison(byte* answer);

    /// <exception cref="BenchException">It is an error.</exception>
    private protected abstract void Check(byte* answer);

    private uint NextPlace()
    {
        if (_disk.Sequential)
        {
            uint place = _next;
            _next = place + 1 == _places ? 0 : place + 1;
            return place;
        }

        // xorshift32: as good as needed, and no cost.
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return (uint)(((ulong)_random * _places) >> 32);
    }
}
