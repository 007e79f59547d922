// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Spi;

/// <summary>
/// An SPI controller (virtio 1.4 §5.20): each request is a transfer with one chip. Transfers are made in the order of the
/// ring; one that waits for its bus delays this guest's others and nobody else's.
/// </summary>
public sealed class SpiDevice : BlockingRequestDevice<SpiTransfer>
{
    private readonly ISpiController _controller;
    private readonly SpiStatistics _statistics;
    private readonly ILogger _log;
    private readonly byte[] _config;
    private bool _toldTooLong;

    /// <param name="statistics">Where transfers are counted, and for which controller; shared with other devices, one after the other.</param>
    public SpiDevice(SpiStatistics statistics, ILogger log)
        : base(statistics.Controller.Calls)
    {
        _controller = statistics.Controller;
        _statistics = statistics;
        _log = log;
        SpiConfig config = _controller.Abilities.ToConfig();
        _config = MemoryMarshal.AsBytes(new ReadOnlySpan<SpiConfig>(in config)).ToArray();
    }

    public override uint DeviceId => 45;

    public override int QueueCount => 1;

    public override ReadOnlySpan<byte> Config => _config;

    public override void QueueStopping(Virtqueue queue) => _controller.Leave(this);

    protected override SpiTransfer NewRequest() => new(this);

    protected override unsafe bool TryRead(Virtqueue queue, DescriptorChain chain, SpiTransfer request)
    {
        ChainReader reader = chain.Reader();
        uint sent = chain.ReadableBytes - (uint)sizeof(SpiTransferHead); // wraps without a head, and so is too long
        uint received = chain.WritableBytes - 1;
        if (chain.WritableBytes == 0
            || !reader.TryRead(out SpiTransferHead head)
            || !_controller.Abilities.Accept(ref head, sent, received))
        {
            _statistics.Refused++;
            request.Refuse(SpiResult.WrongParameter);
            return true;
        }

        if (Math.Max(sent, received) > _controller.MaxLength)
        {
            _statistics.TooLong++;
            TellTooLong(Math.Max(sent, received));
            request.Refuse(SpiResult.Failed);
            return true;
        }

        request.Begin(head, (int)sent, (int)received);
        _ = reader.Read(request.Sent);
        return true;
    }

    protected override void Call(SpiTransfer request)
    {
        if (request.Result == SpiResult.Ok)
            request.Errno = _controller.Transfer(request);
        else
            _controller.Leave(this); // drivers give up a message of which a request failed, and say no more about it
    }

    protected override uint Write(DescriptorChain chain, SpiTransfer request)
    {
        if (request.Result != SpiResult.Ok)
            return Refuse(chain, request.Result);
        bool ok = request.Errno.IsSuccess;
        _statistics.Count(request, ok);
        if (!ok)
        {
            if (_log.IsEnabled(LogLevel.Debug))
            {
                _log.LogDebug(
                    "a transfer of {Length} bytes with chip {Chip} of {Controller} failed: {Errno}",
                    request.Length,
                    request.ChipSelect,
                    _controller.Name,
                    request.Errno);
            }

            return Refuse(chain, SpiResult.Failed);
        }

        _ = chain.Writer().Write(request.Received);
        SetResult(chain, SpiResult.Ok);
        return chain.WritableBytes;
    }

    protected override uint WriteError(DescriptorChain chain) => Refuse(chain, SpiResult.Failed);

    /// <summary>
    /// Answers with an error. A driver may rely on what it is told was written, which counts from the start of its buffer:
    /// so that the result counts, zeros go before it.
    /// </summary>
    private uint Refuse(DescriptorChain chain, SpiResult result)
    {
        if (chain.WritableBytes == 0)
            return 0; // there is no place for a result
        uint before = chain.WritableBytes - 1;
        // Not for a buffer that no transfer could fill: the driver must not be able to keep us busy. It is told of one byte.
        uint zeros = before > _controller.MaxLength ? 1 : before;
        foreach (ref readonly IoVec piece in chain.Writable)
        {
            int n = (int)Math.Min(piece.Length, zeros);
            piece.AsSpan()[..n].Clear();
            zeros -= (uint)n;
            if (zeros == 0)
                break;
        }

        SetResult(chain, result);
        return before > _controller.MaxLength ? 1 : chain.WritableBytes;
    }

    // The last byte that the device may write, however the driver cut the rest.
    private static unsafe void SetResult(DescriptorChain chain, SpiResult result)
    {
        ref readonly IoVec last = ref chain.Writable[^1];
        last.Base[last.Length - 1] = (byte)result;
    }

    private void TellTooLong(uint length)
    {
        if (_toldTooLong)
            return;
        _toldTooLong = true;
        _log.LogWarning(
            "a transfer of {Length} bytes is longer than {Controller} can make ({Most}); such transfers fail",
            length,
            _controller.Name,
            _controller.MaxLength);
    }
}
