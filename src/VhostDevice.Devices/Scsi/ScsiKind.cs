// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Scsi.Control;
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Devices.Scsi.Target.Commands;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Scsi;

/// <summary>scsi: disks made of files and block devices.</summary>
public sealed class ScsiKind() : DeviceKind("scsi", 8, "Disks: files and block devices behind a SCSI host")
{
    private const int MaxImages = 256;
    private const uint IORING_REGISTER_FILES_UPDATE = 6;

    private static readonly TextSetting s_control = new(
        ControlSocket.Option, null, "PATH", "Listen here for 'scsi list', 'add', 'remove' and 'resize'");

    private static readonly ListSetting s_folders = new(
        "--image-folder", null, "FOLDER", "Let 'scsi add' take images from this folder");

    private static readonly Positional s_images = new(
        "IMAGE", ImageText.Help + ". Without target= and lun= they are the units 0, 1, 2 and so on of target 0", least: 0, most: int.MaxValue);

    public override IReadOnlyList<Setting> Settings => [.. ScsiSettings.All, s_control, s_folders];

    public override IReadOnlyList<Positional> Words => [s_images];

    public override IReadOnlyList<ControlVerb> Verbs => UnitVerbs.All;

    public override string UsualOptions => "--socket-path PATH";

    public override string Example => "--socket-path /run/vm/scsi.sock disk.img";

    public override string? Problem(Values values) =>
        values.Words.Count > MaxImages ? $"{values.Words.Count} images are too many: {MaxImages} at the most"
        : values.Has(s_folders) && !values.Has(s_control) ? "--image-folder is for images that are added through --control-socket, which is missing"
        : null;

    // Only a daemon that takes images later on opens files.
    public override IReadOnlyList<CallRule> Calls(Values values) =>
    [
        .. CallRule.Any(
            SystemCalls.io_uring_enter, SystemCalls.fdatasync, SystemCalls.fallocate, SystemCalls.fadvise64, SystemCalls.mincore,
            SystemCalls.fstatfs),
        CallRule.Ioctl(CallArguments.BLKDISCARD, CallArguments.BLKZEROOUT),
        new CallRule(SystemCalls.io_uring_register, ArgumentCheck.Is(1, IORING_REGISTER_FILES_UPDATE)),
        .. values.Has(s_control) ? ImageOpener.Calls : [],
    ];

    public override Served Open(Opening at)
    {
        ImageDefaults defaults = ScsiSettings.Defaults(at);
        ScsiTarget target = at.Owns(new ScsiTarget(ScsiCommands.Disk));
        ImagePlaces places = new();
        foreach (string image in at.Values.Words)
            Add(target, image, places, defaults);
        if (at.Values.Words.Count == 0 && !at.Values.Has(s_control))
            at.Log.LogWarning("the guest gets no disk: name an image, or take --control-socket and add images later");
        foreach (string folder in at[s_folders])
        {
            if (!Directory.Exists(folder))
                throw new StartupException($"--image-folder {folder} is no folder");
            at.AllowFolder(folder, FolderRights.ReadFiles | FolderRights.WriteFiles | FolderRights.ControlDevices);
        }

        if (at[s_control] is { } path)
        {
            UnitCommands commands = new(
                target,
                defaults with { DeniedHint = DeniedHint(at[s_folders]) },
                text => at.Log.LogInformation("{Text}", text));
            at.Listen(path, commands.Run);
        }

        // One guest after the other, and all of them are the same initiator: registrations outlive a reconnect.
        ScsiNexus nexus = new(1);
        int queues = ScsiSettings.Queues(at);
        return new Served(_ => () => new ScsiDevice(target, nexus, defaults.Engine, queues)) { QueueLoops = ScsiSettings.Loops(at) - 1 };
    }

    private static string DeniedHint(IReadOnlyList<string> folders) => folders.Count == 0
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
