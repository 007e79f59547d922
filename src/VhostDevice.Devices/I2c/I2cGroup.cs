// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// The requests of one transfer: those linked by FAIL_NEXT. Collects them, says what goes to the bus, and answers them.
/// One object serves transfer after transfer.
/// </summary>
/// <param name="set">Where its messages go.</param>
/// <param name="large">Of the device, for what does not fit a group's own buffers.</param>
internal sealed unsafe class I2cGroup(I2cBusSet set, I2cLargeBuffers large) : HostCall
{
    // One more than can be transferred: the request that makes the group too long is answered with it.
    internal const int Capacity = I2cMessage.MaxMessages + 1;

    // A batch has many groups, so this bounds what a guest makes the daemon hold.
    private const int LargestOwnBuffer = 256;

    private readonly DescriptorChain[] _chains = new DescriptorChain[Capacity];
    private readonly int[] _targets = new int[Capacity];
    private readonly bool[] _copied = new bool[Capacity];
    private readonly byte[]?[] _buffers = new byte[]?[Capacity];
    private readonly I2cMessage[] _messages = GC.AllocateArray<I2cMessage>(Capacity, pinned: true);
    private bool _isLarge;

    /// <summary>Requests in the group.</summary>
    internal int Count { get; private set; }

    /// <summary>How many of them can go to the bus, from the first on; those behind fail.</summary>
    internal int Runnable { get; private set; }

    /// <summary>Which bus the runnable ones are for.</summary>
    internal int Bus { get; private set; }

    /// <summary>What the bus said; see <see cref="II2cBus.Transfer"/>.</summary>
    internal int Succeeded { get; private set; }

    /// <summary>Why not all of them succeeded.</summary>
    internal Errno Errno { get; private set; }

    protected override bool IsNeeded => Runnable > 0;

    /// <summary>Whether it uses the device's large buffers, as one group at a time may.</summary>
    protected override bool IsLastOfBatch => _isLarge;

    private ReadOnlySpan<I2cMessage> Messages => new(_messages, 0, Runnable);

    /// <summary>Adds a request that can go to the bus.</summary>
    /// <param name="targetIndex">Whom it is for.</param>
    /// <param name="length">Bytes of its buffer, checked to be at most <see cref="I2cMessage.MaxLength"/>, and all there.</param>
    internal void Add(Virtqueue queue, DescriptorChain chain, int targetIndex, bool read, int length)
    {
        ref readonly I2cTarget target = ref set.Target(targetIndex);
        int at = Append(queue, chain, targetIndex);
        Runnable++;
        Bus = target.BusIndex;
        Calls = set.CallsOf(Bus);
        ref I2cMessage message = ref _messages[at];
        message.Address = target.Address;
        message.Flags = (read ? I2cMessageFlags.Read : 0) | (target.IsTenBit ? I2cMessageFlags.TenBit : 0);
        message.Length = (ushort)length;
        _copied[at] = false;
        message.Buffer = length == 0
            ? null
            : Calls is null && TryFindInPlace(chain, read, length, out byte* place)
            ? place
            : Copy(at, chain, read, length);
    }

    /// <summary>Adds a request that fails, whatever becomes of those before it.</summary>
    internal void AddFailing(Virtqueue queue, DescriptorChain chain) => Append(queue, chain, -1);

    /// <summary>All of them fail.</summary>
    internal void FailAll() => Runnable = 0;

    /// <inheritdoc/>
    protected override void Fail() => FailAll();

    /// <summary>Makes the transfer.</summary>
    protected override void Make()
    {
        Succeeded = set.Bus(Bus).Transfer(Messages, out Errno errno);
        Errno = errno;
    }

    /// <summary>Answers all requests by what came of the transfer, and is empty again.</summary>
    internal void Answer(I2cStatistics statistics)
    {
        Virtqueue queue = Queue!;
        int succeeded = Math.Clamp(Succeeded, 0, Runnable);
        // What the memory of a ring that was stopped is used for by now is not ours to overwrite.
        bool abandoned = queue.IsStopped;
        for (int i = 0; i < Count; i++)
        {
            bool ok = i < succeeded;
            ref readonly I2cMessage message = ref _messages[i];
            if (_targets[i] >= 0)
                statistics.Count(_targets[i], ok, message.IsRead, message.Length);
            DescriptorChain chain = _chains[i];
            _chains[i] = null!;
            uint written = abandoned ? 0 : ok ? Succeed(i, chain) : Refuse(chain);
            queue.Complete(chain, written);
        }

        Count = Runnable = Succeeded = 0;
        Errno = Errno.Success;
        _isLarge = false;
        Queue = null;
    }

    private uint Succeed(int at, DescriptorChain chain)
    {
        ref readonly I2cMessage message = ref _messages[at];
        if (_copied[at] && message.IsRead)
            _ = chain.Writer().Write(message.Data);
        *StatusOf(chain) = (byte)I2cStatus.Ok;
        return chain.WritableBytes;
    }

    /// <summary>
    /// Answers one request with an error. A driver may rely on what it is told was written, which counts from the start
    /// of its buffer: so that the status counts, zeros go before it.
    /// </summary>
    private static uint Refuse(DescriptorChain chain)
    {
        if (chain.WritableBytes == 0)
            return 0; // there is no place for a status
        *StatusOf(chain) = (byte)I2cStatus.Error;
        uint before = chain.WritableBytes - 1;
        // Not for a buffer that no transfer could fill: the driver must not be able to keep us busy.
        if (before > I2cMessage.MaxLength)
            return 0;
        foreach (ref readonly IoVec piece in chain.Writable)
        {
            uint n = (uint)Math.Min(piece.Length, before);
            new Span<byte>(piece.Base, (int)n).Clear();
            before -= n;
        }

        return chain.WritableBytes;
    }

    // The last byte that the device may write, however the driver cut the rest.
    private static byte* StatusOf(DescriptorChain chain)
    {
        ref readonly IoVec last = ref chain.Writable[^1];
        return last.Base + last.Length - 1;
    }

    private static bool TryFindInPlace(DescriptorChain chain, bool read, int length, out byte* place)
    {
        // The usual cut: the header apart, the buffer in one piece.
        ReadOnlySpan<IoVec> pieces = read ? chain.Writable : chain.Readable;
        if (read)
        {
            place = pieces[0].Base;
            return pieces[0].Length >= (nuint)length;
        }

        place = pieces[^1].Base;
        return pieces.Length == 2 && pieces[1].Length == (nuint)length;
    }

    private int Append(Virtqueue queue, DescriptorChain chain, int target)
    {
        Queue = queue;
        _chains[Count] = chain;
        _targets[Count] = target;
        return Count++;
    }

    private byte* Copy(int at, DescriptorChain chain, bool read, int length)
    {
        byte[]?[] buffers = _buffers;
        if (length > LargestOwnBuffer)
        {
            _isLarge = true;
            buffers = large.Buffers;
        }

        byte[]? buffer = buffers[at];
        if (buffer is null || buffer.Length < length)
            buffer = buffers[at] = I2cLargeBuffers.Allocate(length);
        _copied[at] = true;
        if (!read)
        {
            ChainReader reader = chain.Reader();
            _ = reader.TrySkip((ulong)sizeof(I2cRequestHeader));
            _ = reader.Read(buffer.AsSpan(0, length));
        }

        // Pinned, so it stays where it is.
        return (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer));
    }
}
