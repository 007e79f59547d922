// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>
/// Notifications on their way to a guest, in their order, each in one of its buffers. What only says how things are now is
/// replaced by a newer one that comes before there is a buffer; everything else waits, up to a bound.
/// </summary>
internal sealed class ScmiNotices
{
    // Of events and samples; half a second of a sensor with a kilohertz.
    private const int MostEvents = 512;

    // What has a key has one place each. There are no more things than that on a platform.
    private const int Most = 4 * MostEvents;

    private readonly ScmiStatistics _statistics;
    private readonly GuestMailbox<ScmiNotice> _mailbox;
    private readonly Lock _lock = new();
    private readonly Stack<ScmiNotice> _spare = new();
    private readonly Dictionary<ulong, ScmiNotice> _latest = [];

    internal ScmiNotices(IDeviceHost host, ScmiStatistics statistics)
    {
        _statistics = statistics;
        _mailbox = new GuestMailbox<ScmiNotice>(host, Most, Write);
    }

    internal int Waiting => _mailbox.Items.Count;

    internal void Start(Virtqueue queue)
    {
        if (queue.BeginsAnew)
            Clear();
        _mailbox.Start(queue);
    }

    internal void Stop() => _mailbox.Stop();

    internal void Serve(Virtqueue queue) => _mailbox.Serve(queue);

    /// <summary>Forgets what waits.</summary>
    internal void Clear()
    {
        lock (_lock)
        {
            _mailbox.Items.Clear();
            _latest.Clear();
        }
    }

    /// <param name="key">What it is about, if a newer one replaces it; else 0.</param>
    internal void Send(ScmiHeader header, ulong key, ReadOnlySpan<uint> words)
    {
        lock (_lock)
        {
            if (key != 0 && _latest.TryGetValue(key, out ScmiNotice? waiting))
            {
                waiting.Set(header, key, words);
                _statistics.CountMerged();
                return;
            }

            if (key == 0 && _mailbox.Items.Count >= MostEvents)
            {
                _statistics.CountLost();
                return;
            }

            ScmiNotice notice = _spare.TryPop(out ScmiNotice? spare) ? spare : new ScmiNotice();
            notice.Set(header, key, words);
            if (key != 0)
                _latest.Add(key, notice);
            if (_mailbox.Items.TryAdd(notice))
                return;
            _ = _latest.Remove(key);
            _spare.Push(notice);
            _statistics.CountLost();
        }
    }

    private uint Write(DescriptorChain buffer, ScmiNotice notice)
    {
        lock (_lock)
        {
            if (notice.Key != 0)
                _ = _latest.Remove(notice.Key);
            uint written = 0;
            if (buffer.WritableBytes >= (uint)notice.Bytes.Length)
            {
                written = (uint)buffer.Writer().Write(notice.Bytes);
                _statistics.CountReported();
            }
            else
            {
                _statistics.CountTooSmall();
            }

            if (_spare.Count < MostEvents)
                _spare.Push(notice);
            return written;
        }
    }
}
