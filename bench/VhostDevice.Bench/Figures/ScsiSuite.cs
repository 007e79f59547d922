// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Load;

namespace VhostDevice.Bench.Figures;

/// <summary>The figures of scsi: a file in memory beside bare reads of it, and one on a disk beside fio.</summary>
internal sealed class ScsiSuite(SuiteOptions options, ScsiOptions scsi) : Suite(options)
{
    internal static readonly string[] Keys = ["read-1", "read-16", "read-32", "write-16", "sequential", "2cpu", "disk"];

    private const int Block = 4 << 10;
    private const int Piece = 128 << 10;

    private protected override void AddFigures()
    {
        if (Wants("read-1", "read-16", "read-32", "write-16", "sequential", "2cpu"))
        {
            BackEnd daemon = Start(Options.Daemon);
            BackEnd? peer = Options.Peer is null ? null : Start(Options.Peer);
            AddInMemory(null, OneCpu, daemon, peer);
            if (TwoCpus is not null)
                AddInMemory("2cpu", TwoCpus, daemon, peer);
        }

        if (scsi.DiskDaemon is null || !Wants("disk"))
            return;
        BackEnd onDisk = Start(scsi.DiskDaemon);
        DiskLoad reads = new() { IsScsi = true, DiskBytes = ScsiOptions.ImageBytes };
        // fio is one process: what two cannot do without is measured as well.
        AddOnDisk(onDisk, "randread", depth: 1, Block, reads, _ => new Limit.DiskRoundTripRate(scsi.DiskImage!, OneCpu));
        AddBesideFio(onDisk, "randread", depth: 1, Block, reads);
        AddBesideFio(onDisk, "randread", depth: 16, Block, reads);
        AddBesideFio(onDisk, "randwrite", depth: 16, Block, reads with { Writes = true });
        AddBesideFio(onDisk, "read", depth: 4, Piece, reads with { Sequential = true });
    }

    private void AddInMemory(string? key, Place place, BackEnd daemon, BackEnd? peer)
    {
        DiskLoad reads = new() { IsScsi = true, DiskBytes = ScsiOptions.ImageBytes };
        DiskLoad writes = reads with { Writes = true };
        Add(key ?? "read-1", () => Random(key ?? "read-1", "4 KiB random read, depth 1", 1, reads, place, daemon, peer));
        Add(key ?? "read-16", () => Random(key ?? "read-16", "4 KiB random read, depth 16", 16, reads, place, daemon, peer));
        Add(key ?? "read-32", () => Random(key ?? "read-32", "4 KiB random read, depth 32", 32, reads, place, daemon, peer));
        Add(key ?? "write-16", () => Random(key ?? "write-16", "4 KiB random write, depth 16", 16, writes, place, daemon, peer));
        Add(key ?? "sequential", () => new LoadFigure
        {
            Key = key ?? "sequential",
            Title = "128 KiB sequential read, depth 4",
            Load = On(4, Piece, reads with { Sequential = true }),
            PeerLoad = OfPeer(4, Piece, reads with { Sequential = true }),
            Place = place,
            Value = r => r.BytesPerSecond,
            Unit = Format.Rate,
            Limit = new Limit.FileCopy(scsi.Image, Piece, writes: false, asRate: true, place),
            Readings = [Reading.DaemonCpu("request")],
            Daemon = daemon,
            Peer = peer,
        });
    }

    private LoadFigure Random(string key, string title, int depth, DiskLoad load, Place place, BackEnd daemon, BackEnd? peer) => new()
    {
        Key = key,
        Title = title,
        Load = On(depth, Block, load),
        PeerLoad = OfPeer(depth, Block, load),
        Place = place,
        Value = r => r.RequestsPerSecond,
        Unit = Format.PerSecond,
        Limit = new Limit.FileCopy(scsi.Image, Block, load.Writes, asRate: false, place),
        Readings = [Reading.DaemonCpu("request")],
        Daemon = daemon,
        Peer = peer,
    };

    private void AddBesideFio(BackEnd daemon, string mode, int depth, int size, DiskLoad load) =>
        AddOnDisk(daemon, mode, depth, size, load, time => new Limit.Fio(
            new FioJob(scsi.DiskImage!, Path.Combine(Folder, "fio"), mode, size, depth, (int)time.TotalMilliseconds), asRate: false, OneCpu));

    private void AddOnDisk(
        BackEnd daemon, string mode, int depth, int size, DiskLoad load, Func<TimeSpan, Limit> limit) =>
        Add("disk", () => new LoadFigure
        {
            Key = "disk",
            Title = $"on the disk: {mode} of {Format.Size(size)}, depth {depth}",
            Load = On(depth, size, load),
            Place = OneCpu,
            Value = r => r.RequestsPerSecond,
            Unit = Format.PerSecond,
            Limit = limit(Options.Slice),
            LimitTime = Options.Slice,
            Target = "≥ 0.9 × limit",
            IsReached = (_, ratio) => ratio >= 0.9,
            Readings = [Reading.DaemonCpu("request")],
            Daemon = daemon,
        });

    private Func<BackEnd, LoadResult> On(int depth, int size, DiskLoad disk) =>
        backEnd => LoadGenerator.Run(backEnd, new LoadOptions { Depth = depth, Size = size, Disk = disk, Time = Options.Slice });

    private Func<BackEnd, LoadResult> OfPeer(int depth, int size, DiskLoad disk) => On(depth, size, disk with { IsScsi = !scsi.PeerIsBlk });
}
