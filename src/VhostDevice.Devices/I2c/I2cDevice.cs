// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.I2c;

/// <summary>
/// The I2C adapter device (virtio 1.3 §5.16): one queue, each request a message. Requests that are linked by FAIL_NEXT
/// are one transfer; it begins when all of them are there. Transfers are made strictly one after the other, as the
/// specification wants it; one that waits for its bus delays this guest's others and nobody else's.
/// </summary>
public sealed class I2cDevice : HostCallDevice
{
    /// <summary>VIRTIO_I2C_F_ZERO_LENGTH_REQUEST: a request may have no buffer. Drivers must accept it.</summary>
    public const ulong ZeroLengthRequest = 1 << 0;

    // A header and a status.
    private const int FewestDescriptors = 2;

    private readonly I2cBusSet _set;
    private readonly I2cStatistics _statistics;
    private readonly ILogger _log;
    private readonly I2cLargeBuffers _large = new();
    private I2cGroup _group; // the transfer at hand, which is not whole yet
    private LoopTimer? _cutOff;
    private bool _waiting;
    private bool _failRest;
    private bool _toldUnsupported;

    /// <param name="set">Shared; stays the caller's.</param>
    /// <param name="statistics">Of the socket; stays the caller's.</param>
    public I2cDevice(I2cBusSet set, I2cStatistics statistics, ILogger log)
    {
        _set = set;
        _statistics = statistics;
        _log = log;
        _group = new I2cGroup(set, _large);
    }

    public override uint DeviceId => 34;

    public override int QueueCount => 1;

    public override ulong Features => ZeroLengthRequest;

    /// <summary>
    /// How long the rest of a transfer may take to arrive. A driver adds all of it before it kicks, unless its CPU is
    /// taken away in between, or its ring is full: then the rest never comes.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    public override void AcceptFeatures(ulong features)
    {
        if ((features & ZeroLengthRequest) == 0)
            _log.LogWarning("the driver does not accept ZERO_LENGTH_REQUEST, which it must; serving it anyhow");
    }

    public override void QueueStopping(Virtqueue queue)
    {
        _failRest = false;
        // The end of a transfer that is not there by now will not come.
        Cut();
    }

    protected override void Answer(HostCall call)
    {
        I2cGroup group = (I2cGroup)call;
        if (group.Succeeded < group.Runnable)
            Report(group);
        group.Answer(_statistics);
    }

    protected override void Dispose(bool disposing)
    {
        Cut();
        _cutOff?.Dispose();
        _cutOff = null;
        base.Dispose(disposing);
    }

    // One more request of the group at hand, which may be its last.
    protected override void Take(Virtqueue queue, DescriptorChain chain)
    {
        bool good = TryRead(chain, out I2cRequestHeader header, out int length);
        bool more = (header.Flags & I2cRequestHeader.FailNext) != 0;
        if (good)
        {
            if (!_failRest && TryAdd(queue, chain, header, length))
            {
                if (!more)
                    Run();
                return;
            }
        }
        else
        {
            _statistics.Malformed++;
        }

        // It fails, and with it those after it; those before it are a transfer.
        _group.AddFailing(queue, chain);
        _failRest = more;
        Run();
    }

    private bool TryAdd(Virtqueue queue, DescriptorChain chain, in I2cRequestHeader header, int length)
    {
        int index = _set.Find(header.Address);
        if (index < 0)
        {
            _statistics.UnknownAddress++;
            return false;
        }

        ref readonly I2cTarget target = ref _set.Target(index);
        // One transfer cannot be on two buses.
        if (_group.Runnable > 0 && target.BusIndex != _group.Bus)
            return false;
        if (_group.Runnable == I2cMessage.MaxMessages)
        {
            _statistics.Cut++;
            _group.FailAll();
            return false;
        }

        bool read = (header.Flags & I2cRequestHeader.MessageRead) != 0;
        _group.Add(queue, chain, index, read, length);
        return true;
    }

    // The header and the length of the buffer; false when the request makes no sense.
    private static unsafe bool TryRead(DescriptorChain chain, out I2cRequestHeader header, out int length)
    {
        length = 0;
        ChainReader reader = chain.Reader();
        if (!reader.TryRead(out header))
        {
            header = default; // half of one says nothing
            return false;
        }

        uint readable = chain.ReadableBytes - (uint)sizeof(I2cRequestHeader);
        uint writable = chain.WritableBytes - 1; // wraps without a status
        bool read = (header.Flags & I2cRequestHeader.MessageRead) != 0;
        uint buffer = read ? writable : readable;
        length = (int)buffer;
        return chain.WritableBytes > 0 && buffer <= I2cMessage.MaxLength && (read ? readable : writable) == 0;
    }

    // The transfer at hand is whole.
    private void Run()
    {
        EndWait();
        if (_group.Runnable > 0)
            _statistics.Transfers++;
        if (!Submit(_group))
            _group = (I2cGroup?)TakeSpare() ?? new I2cGroup(_set, _large);
    }

    // A driver that has no room for another request cannot send the rest.
    protected override void RingIsEmpty(Virtqueue queue)
    {
        if (_group.Count == 0)
            return;
        if (queue.HasRoomFor(FewestDescriptors))
            AwaitRest();
        else
            Cut();
    }

    private void AwaitRest()
    {
        if (_waiting)
            return;
        if (_cutOff is null && Host.Loop.CreateTimer(Cut, out _cutOff).IsError)
        {
            Cut();
            return;
        }

        _waiting = true;
        _cutOff!.Start(Patience);
    }

    private void EndWait()
    {
        if (!_waiting)
            return;
        _waiting = false;
        _cutOff?.Cancel();
    }

    /// <summary>
    /// Gives up the rest of the group at hand. What comes next counts as a new one: Linux' driver, when a transfer does
    /// not fit its ring, sends what fits and forgets the rest.
    /// </summary>
    private void Cut()
    {
        EndWait();
        if (_group.Count == 0)
            return;
        _statistics.Cut++;
        _group.FailAll();
        _group.Answer(_statistics);
    }

    private void Report(I2cGroup group)
    {
        Errno errno = group.Errno;
        if (errno == Errno.EOPNOTSUPP && !_toldUnsupported)
        {
            _toldUnsupported = true;
            _log.LogWarning("{Bus} cannot make a transfer that the guest asked for; such transfers fail", _set.Bus(group.Bus).Name);
        }
        else if (_log.IsEnabled(LogLevel.Debug))
        {
            _log.LogDebug("a transfer on {Bus} failed: {Errno}", _set.Bus(group.Bus).Name, errno);
        }
    }
}
