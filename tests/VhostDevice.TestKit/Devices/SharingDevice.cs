// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.TestKit.Devices;

/// <summary>
/// A device with a shared memory region (id 1), objects to share and a display. A request is the offset at which a page
/// of the device's file is to be mapped; its answer, one byte, is what became of that, and comes when that is known.
/// </summary>
public sealed class SharingDevice : VirtioDevice
{
    public const byte Region = 1;
    public const ulong RegionSize = 1 << 20;
    public const ulong Page = 4096;

    private static readonly ulong[] s_sizes = [0, RegionSize];

    public SharingDevice() => File = Expect.NewMemFd(RegionSize);

    /// <summary>What is mapped.</summary>
    public OwnedFd File { get; }

    /// <summary>What this device has for others; the test's.</summary>
    public Dictionary<Guid, OwnedFd> Objects { get; } = [];

    /// <summary>What requests to the front-end ended in, in order.</summary>
    public List<(string What, Errno Errno)> Ends { get; } = [];

    /// <summary>Whether a request that is cancelled is made again, which nobody should do.</summary>
    public bool AsksAgain { get; set; }

    /// <summary>What asking again came to.</summary>
    public List<Errno> AskedAgain { get; } = [];

    public bool TakesSocket { get; set; } = true;

    public List<OwnedFd> Sockets { get; } = [];

    public bool IsDisposed { get; private set; }

    public override uint DeviceId => 42;

    public override int QueueCount => 1;

    public override ReadOnlySpan<ulong> SharedMemorySizes => s_sizes;

    public override bool SharesObjects => true;

    public IDeviceHost Front => Host;

    public Errno Map(ulong offset, ulong length = Page, bool writable = true) =>
        Host.MapShared(new SharedRange(Region, offset, length), File, offset, writable, Note($"map {offset:x}", offset));

    public Errno Unmap(ulong offset, ulong length = Page) =>
        Host.UnmapShared(new SharedRange(Region, offset, length), Note($"unmap {offset:x}", null));

    public Action<Errno> Note(string what) => Note(what, null);

    public override bool TryTakeGpuSocket(OwnedFd socket)
    {
        if (TakesSocket)
            Sockets.Add(socket);
        return TakesSocket;
    }

    public override OwnedFd? GetSharedObject(Guid id) =>
        Objects.TryGetValue(id, out OwnedFd? file) ? Expect.Made(file.Duplicate(out OwnedFd? copy), copy) : null;

    public override void ServeQueue(Virtqueue queue)
    {
        while (queue.TryPop(out DescriptorChain? chain))
        {
            DescriptorChain request = chain;
            if (!request.Reader().TryRead(out ulong offset))
            {
                queue.Complete(request, 0);
                continue;
            }

            Action<Errno> note = Note($"map {offset:x}", offset);
            void Done(Errno errno)
            {
                note(errno);
                Complete(queue, request, errno);
            }

            Errno errno = Host.MapShared(new SharedRange(Region, offset, Page), File, offset, true, Done);
            if (errno.IsError)
                Complete(queue, request, errno);
        }
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        foreach (OwnedFd socket in Sockets)
            socket.Dispose();
        File.Dispose();
        base.Dispose(disposing);
    }

    private static void Complete(Virtqueue queue, DescriptorChain request, Errno errno)
    {
        ChainWriter writer = request.Writer();
        writer.Write([(byte)errno.Code]);
        queue.Complete(request, writer.Written);
    }

    private Action<Errno> Note(string what, ulong? again) => errno =>
    {
        if (IsDisposed)
            throw new InvalidOperationException($"{what} ends after the device");
        Ends.Add((what, errno));
        if (errno == Errno.ECANCELED && AsksAgain && again is { } offset)
            AskedAgain.Add(Map(offset));
    };
}
