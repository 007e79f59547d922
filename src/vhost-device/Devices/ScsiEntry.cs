// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Scsi;
using VhostDevice.Devices.Scsi.Control;
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Devices;

/// <summary><c>vhost-device scsi</c>.</summary>
internal sealed class ScsiEntry : DeviceEntry
{
    private const int MaxImages = 256;

    /// <summary>How an image is written.</summary>
    internal const string ImageHelp =
        "A file or block device, or path=FILE with more behind it, separated by commas: read-only=on|off, share=on|off, format=raw, "
        + "block-size=512|4096, physical-block-size=512|4096, serial=TEXT, wwn=HEX, rotation=RPM, thin=on|off, product=TEXT, target=N, lun=N, "
        + "reservations=FILE, modes=FILE. memory=SIZE or null=SIZE in the place of path=FILE need no file";

    private const uint IORING_REGISTER_FILES_UPDATE = 6;

    // Set before the calls are asked for: only a daemon that takes images later on opens files.
    private bool _opensFiles;

    internal override string Name => "scsi";

    internal override string Description => "Disks: files and block devices behind a SCSI host";

    internal override string Usage => "--socket-path PATH [options] [IMAGE...]";

    internal override string Example => "--socket-path /run/vm/scsi.sock disk.img";

    /// <inheritdoc/>
    internal override void AllowCalls(SeccompFilter filter)
    {
        filter.Allow(SystemCalls.io_uring_enter, SystemCalls.fdatasync, SystemCalls.fallocate, SystemCalls.fadvise64, SystemCalls.mincore, SystemCalls.fstatfs);
        filter.AllowWhere(SystemCalls.ioctl, ArgumentCheck.Is(1, CallArguments.BLKDISCARD), ArgumentCheck.Is(1, CallArguments.BLKZEROOUT));
        filter.AllowWhere(SystemCalls.io_uring_register, ArgumentCheck.Is(1, IORING_REGISTER_FILES_UPDATE));
        if (_opensFiles)
            AllowImages(filter);
    }

    // What it takes to open and measure an image, of whatever kind.
    private static void AllowImages(SeccompFilter filter)
    {
        filter.Allow(SystemCalls.openat);
        filter.AllowWhere(SystemCalls.fcntl, ArgumentCheck.Is(1, CallArguments.F_OFD_SETLK), ArgumentCheck.Is(1, CallArguments.F_OFD_GETLK));
        filter.AllowWhere(
            SystemCalls.ioctl,
            ArgumentCheck.Is(1, CallArguments.BLKSSZGET),
            ArgumentCheck.Is(1, CallArguments.BLKPBSZGET),
            ArgumentCheck.Is(1, CallArguments.BLKROGET));
    }

    internal override void Configure(Command command)
    {
        CommonOptions common = new(command, this, numbered: false);
        ScsiOptions scsi = new(command);
        Option<string?> control = new(ControlSocket.Option)
        {
            Description = "Listen here for 'scsi list', 'add', 'remove' and 'resize'",
            HelpName = "PATH",
        };
        Option<string[]> folders = new("--image-folder")
        {
            Description = "Let 'scsi add' take images from this folder; may be given several times",
            HelpName = "FOLDER",
        };
        Argument<string[]> images = new("IMAGE")
        {
            Description = ImageHelp
                + ". Without target= and lun= they are the units 0, 1, 2 and so on of target 0",
            Arity = ArgumentArity.ZeroOrMore,
        };
        command.Options.Add(control);
        command.Options.Add(folders);
        command.Arguments.Add(images);
        command.Subcommands.Add(ScsiRequests.List());
        command.Subcommands.Add(ScsiRequests.Add());
        command.Subcommands.Add(ScsiRequests.Remove());
        command.Subcommands.Add(ScsiRequests.Resize());
        command.SetAction(result => Run(common, scsi, result, result.GetValue(control), result.GetValue(folders) ?? [], result.GetValue(images) ?? []));
    }

    private int Run(CommonOptions common, ScsiOptions options, ParseResult result, string? controlPath, string[] folders, string[] images)
    {
        if (images.Length > MaxImages)
            throw new StartupException($"{images.Length} images are too many: {MaxImages} at the most", isUsage: true);
        if (folders.Length > 0 && controlPath is null)
            throw new StartupException("--image-folder is for images that are added through --control-socket, which is missing", isUsage: true);
        common.RequireFolder(result);
        StderrLogger log = common.Logger(result);
        int queues = options.Queues(result);
        ImageDefaults defaults = options.Defaults(result, text => log.LogWarning("{Text}", text));
        using ScsiTarget target = new();
        ImagePlaces places = new();
        foreach (string image in images)
            Add(target, image, places, defaults);
        if (images.Length == 0 && controlPath is null)
            log.LogWarning("the guest gets no disk: name an image, or take --control-socket and add images later");

        _opensFiles = controlPath is not null;
        ProcessSandbox sandbox = common.Sandbox(result, log);
        foreach (string folder in folders)
        {
            if (!Directory.Exists(folder))
                throw new StartupException($"--image-folder {folder} is no folder");
            sandbox.AllowFolder(folder, FolderRights.ReadFiles | FolderRights.WriteFiles | FolderRights.ControlDevices);
        }

        UnitCommands commands = new(target, defaults with { DeniedHint = DeniedHint(folders) }, text => log.LogInformation("{Text}", text));
        UnitControl? control = null;
        using ControlSocket? socket = controlPath is null ? null : ControlSocket.Open(controlPath, log, (EventLoop loop, OwnedFd listener, out IDisposable? server) =>
        {
            Errno errno = UnitControl.Listen(loop, listener, commands, out control);
            server = control;
            return errno;
        });
        socket?.Allow(sandbox);
        DeviceHosting hosting = new(log, common.Hosting(result) with { QueueLoops = options.Loops(result) - 1 }, sandbox);
        // One guest after the other, and all of them are the same initiator: registrations outlive a reconnect.
        ScsiNexus nexus = new(1);
        return hosting.Run(
            () => OneSocket(common.OpenSockets(result, path => [path])),
            (_, _) => () => new ScsiDevice(target, nexus, defaults.Engine, queues),
            () =>
            {
                control?.Serve(hosting.Loops[0], hosting.Crew);
                socket?.Start();
            });
    }

    // The target belongs to one loop.
    private static IReadOnlyList<ListeningSocket> OneSocket(IReadOnlyList<ListeningSocket> sockets)
    {
        if (sockets.Count == 1)
            return sockets;
        foreach (ListeningSocket socket in sockets)
            socket.Dispose();
        throw new StartupException($"scsi serves one socket, and {sockets.Count} are handed over", isUsage: true);
    }

    private static string DeniedHint(string[] folders) => folders.Length == 0
        ? "; if it is the sandbox that denies it, start the daemon with --image-folder and the folder of its images"
        : "; if it is the sandbox that denies it, the file is not in a folder that --image-folder names, or is a link that leads out of it";

    private static void Add(ScsiTarget target, string text, ImagePlaces places, ImageDefaults defaults)
    {
        if (ImageText.Parse(text, out string problem) is not { } image)
            throw new StartupException($"{text}: {problem}", isUsage: true);
        LogicalUnit unit = ImageOpener.Open(image, defaults, places.Next(image), out problem) ?? throw new StartupException(problem);
        if (target.TryAdd(unit))
            return;
        string place = $"{unit.Options.Target}:{unit.Options.Lun}";
        unit.Dispose();
        throw new StartupException($"{text}: there is a unit {place} already; give target= and lun= so that no two are the same", isUsage: true);
    }
}
