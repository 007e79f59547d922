// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.Globalization;
using VhostDevice.Bench.BackEnds;
using VhostDevice.Bench.Figures;
using VhostDevice.Bench.Processes;

namespace VhostDevice.Bench.CommandLine;

/// <summary>The table of scsi.</summary>
internal static class ScsiCommand
{
    internal static Command Build()
    {
        Command command = new("scsi", "Measures scsi: a file of 1 GiB in memory, and one on a disk beside fio");
        SuiteArguments arguments = new(
            command,
            ScsiSuite.Keys,
            "Another back-end to measure in turns with ours: a command with {} for its socket's path and {image} for the image's");
        Option<string> memory = new("--memory-folder")
        {
            Description = "Where the image in memory is made",
            HelpName = "FOLDER",
            DefaultValueFactory = _ => "/dev/shm",
        };
        Option<string?> disk = new("--disk-folder")
        {
            Description = "Where an image on a disk is made, for the figures beside fio; without it they are left out",
            HelpName = "FOLDER",
        };
        Option<string> protocol = new("--peer-protocol")
        {
            Description = "What the peer speaks: virtio-scsi, or virtio-blk",
            DefaultValueFactory = _ => "scsi",
        };
        protocol.AcceptOnlyFromAmong("scsi", "blk");
        foreach (Option option in (Option[])[memory, disk, protocol])
            command.Options.Add(option);

        command.SetAction(result =>
        {
            string image = MakeImage(result.GetValue(memory)!);
            string? diskImage = result.GetValue(disk) is { } folder ? MakeImage(folder) : null;
            SuiteOptions options = arguments.Read(
                result,
                (program, more) => Launch.OfScsi(program, [.. more, image]),
                c => c.Replace("{image}", image, StringComparison.Ordinal));
            SuiteOptions? onDisk = diskImage is null
                ? null
                : arguments.Read(result, (program, more) => Launch.OfScsi(program, [.. more, "--direct", diskImage]));
            arguments.Run(result, new ScsiSuite(options, new ScsiOptions
            {
                Image = image,
                PeerIsBlk = result.GetValue(protocol) == "blk",
                DiskImage = diskImage,
                DiskDaemon = onDisk?.Daemon,
            }));
        });
        return command;
    }

    // Written from end to end, so that no read meets a hole.
    private static string MakeImage(string folder)
    {
        string path = Path.Combine(folder, "vhost-bench-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        Guard.Watch(path);
        AtExit.Do(() => File.Delete(path));
        byte[] piece = new byte[1 << 20];
        new Random(1).NextBytes(piece);
        using FileStream file = File.Create(path);
        for (long at = 0; at < ScsiOptions.ImageBytes; at += piece.Length)
            file.Write(piece);
        file.Flush(flushToDisk: true);
        return path;
    }
}
