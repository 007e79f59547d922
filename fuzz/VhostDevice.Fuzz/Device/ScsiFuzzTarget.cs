// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scsi;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Devices.Scsi.Target.Commands;
using VhostDevice.Fuzz.Ring;
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Device;

/// <summary>
/// scsi with disks in memory: commands of any kind, task management while they are at work, stores that take their time
/// and fail, units that come, go and change their size.
/// </summary>
public sealed class ScsiFuzzTarget : IFuzzTarget
{
    private const byte Command = DeviceSteps.Own;
    private const byte Manage = DeviceSteps.Own + 1;
    private const byte Events = DeviceSteps.Own + 2;
    private const byte Hold = DeviceSteps.Own + 3;
    private const byte Release = DeviceSteps.Own + 4;
    private const byte Fault = DeviceSteps.Own + 5;
    private const byte Units = DeviceSteps.Own + 6;
    private const byte Steps = DeviceSteps.Own + 7;

    private const int RequestQueue = ScsiDevice.FirstRequestQueue;
    private const int HeadSize = 51;
    private const int AnswerSize = 108;
    private const int DiskSize = 64 * 1024;

    // 0:0, 0:1 and 1:300, which may go; a unit and a target that are not there; the one that lists the others; two levels.
    private static readonly string[] s_luns =
        ["0100000000000000", "0100400100000000", "0101412C00000000", "0100000900000000", "0105000000000000", "C101000000000000", "0100000000010000"];

    // Of task management; the last one is none.
    private static readonly byte[] s_functions = [0, 1, 2, 3, 4, 5, 6, 7, 9];

    private static readonly int[] s_faults = [0, 5, 28, 30, 95];

    private readonly Dictionary<LogicalUnit, HeldStore> _stores = [];

    public string Name => "scsi";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("read", [.. Cdb("28 00 00000001 00 0002 00", room: 4), DeviceSteps.Serve, RequestQueue, 63]),
        (
            "write-and-read",
            [
                .. Cdb("2A 08 00000001 00 0001 00", data: 2), .. Cdb("35 00 00000000 00 0000 00"),
                .. Cdb("28 00 00000001 00 0001 00", room: 2), DeviceSteps.Serve, RequestQueue, 63,
            ]),
        (
            "unmap",
            [
                .. Cdb("42 00 00000000 00 0018 00", list: "0016001000000000 0000000000000003 00000004 00000000"),
                DeviceSteps.Serve, RequestQueue, 63,
            ]),
        (
            "modes",
            [
                .. Cdb("15 10 0000 10 00", list: "00000000 0A0A 04 10 08 00 0000 0000 0000"),
                .. Cdb("5A 10 3F 00 000000 00FF 00", room: 1), DeviceSteps.Serve, RequestQueue, 63,
            ]),
        (
            "reserve",
            [
                .. Cdb("5F 00 00 0000 00000018 00", list: "0000000000000000 000000000000000A 00000000 00 00 0000"),
                .. Cdb("5F 01 03 0000 00000018 00", list: "000000000000000A 0000000000000000 00000000 00 00 0000"),
                .. Cdb("5E 03 0000000000 00FF 00", room: 1), DeviceSteps.Serve, RequestQueue, 63,
            ]),
        (
            "copy",
            [
                .. Cdb(
                    "83 00 0000000000000000 0000006C 00 00",
                    list: "0100004000000000 0000001C 00000000" + Descriptor(1) + Descriptor(2)
                        + "02000018 00000001 0000 0004 0000000000000001 0000000000000002"),
                .. Cdb("84 00 01 00000000000000 000000FF 00 00", room: 1), DeviceSteps.Serve, RequestQueue, 63,
            ]),
        (
            "compare-and-write",
            [
                Hold, 1, 0, .. Cdb("89 00 0000000000000001 000000 01 00 00", data: 4),
                .. Cdb("2A 00 00000001 00 0001 00", data: 2), DeviceSteps.Serve, RequestQueue, 63, Release, 0, 0,
                Release, 0, 0, Release, 0, 0,
            ]),
        (
            "abort-what-runs",
            [
                Hold, 1, 0, .. Cdb("28 00 00000001 00 0001 00", room: 2), DeviceSteps.Serve, RequestQueue, 63, Manage,
                0, 0, 7, DeviceSteps.Serve, 0, 63, DeviceSteps.Turn, 0, Release, 0, 0,
            ]),
        (
            "reset-under-load",
            [
                Hold, 1, 0, .. Cdb("28 00 00000001 00 0001 00", room: 2),
                .. Cdb("2A 00 00000001 00 0001 00", data: 2, attribute: 1), DeviceSteps.Serve, RequestQueue, 63, Manage,
                5, 0, 0, DeviceSteps.Serve, 0, 63, DeviceSteps.Turn, 0, Release, 0, 0,
            ]),
        (
            "unit-goes-while-it-works",
            [
                Hold, 1, 2, .. Cdb("28 00 00000001 00 0001 00", room: 16, lun: 2), DeviceSteps.Serve, RequestQueue, 63,
                Units, 0, 0, Release, 0, 2, Events, 16, DeviceSteps.Serve, 1, 63,
            ]),
        (
            "grows-and-shrinks",
            [
                Units, 2, 8, .. Cdb("28 00 00000001 00 0001 00", room: 2), DeviceSteps.Serve, RequestQueue, 63, Events,
                16, DeviceSteps.Serve, 1, 63,
            ]),
        (
            "disk-full",
            [
                Fault, 2, .. Cdb("2A 00 00000001 00 0001 00", data: 2), .. Cdb("41 00 00000001 00 0002 00", data: 2),
                DeviceSteps.Serve, RequestQueue, 63,
            ]),
        ("both-directions", [DeviceSteps.Raw, RequestQueue, 0, 200, 255, .. new byte[255], DeviceSteps.Serve, RequestQueue, 63]),
        (
            "leaves-in-between",
            [
                Hold, 1, 0, .. Cdb("28 00 00000001 00 0001 00", room: 2), DeviceSteps.Serve, RequestQueue, 63,
                DeviceSteps.Reconnect, 0,
            ]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input's script: answers into which the device wrote, those with GOOD, and those of aborted commands.</summary>
    public int Answered { get; private set; }

    public int Good { get; private set; }

    public int Aborted { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        _stores.Clear();
        (int good, int aborted) = (0, 0);
        using ScsiTarget target = new(ScsiCommands.Disk);
        Add(target, 0, 0, 1);
        Add(target, 0, 1, 2);
        Add(target, 1, 300, 3);
        ScsiNexus nexus = new(1);
        using DeviceRig rig = new(() => new ScsiDevice(target, nexus));
        // The power on is told to nobody, or every input would have to begin with a command for it.
        foreach (LogicalUnit unit in target.Units.ToArray())
            Hear(rig, unit);
        int before = rig.Answered;
        rig.Looks = (queue, answer, used) =>
        {
            if (queue != RequestQueue || used < 12)
                return;
            Promise.Keep(answer[11] is 0 or 1 or 2 or 3 or 4 or 9, "a response that there is");
            Promise.Keep(answer[10] is 0 or 2 or 4 or 0x18, "a status that there is");
            good += answer[11] == 0 && answer[10] is 0 or 4 ? 1 : 0;
            aborted += answer[11] == 2 ? 1 : 0;
            // What is wrong, by its key.
            if (answer[10] == 2 && answer[0] > 2)
                Behaviour |= 1UL << (48 + (answer[12] >= 0x72 && answer[12] < 0x80 ? answer[13] & 15 : answer[14] & 15));
        };

        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            switch (step)
            {
                case Command:
                    Offer(rig, ref script);
                    break;
                case Manage:
                    byte function = s_functions[script.Byte() % s_functions.Length];
                    byte[] lun = Convert.FromHexString(s_luns[script.Byte() % s_luns.Length]);
                    rig.Offer(ScsiDevice.ControlQueue, [0, 0, 0, 0, function, 0, 0, 0, .. lun, script.Byte(), 0, 0, 0, 0, 0, 0, 0], 1, 1, 1);
                    Behaviour |= 1UL << (16 + function);
                    break;
                case Events:
                    rig.Offer(ScsiDevice.EventQueue, [], 0, script.Byte(), 1);
                    break;
                case Hold:
                    bool on = (script.Byte() & 1) != 0;
                    Store(script.Byte()).Holds = on;
                    break;
                case Release:
                    int which = script.Byte();
                    Store(script.Byte()).Release(which);
                    rig.Turn();
                    break;
                case Fault:
                    byte fault = script.Byte();
                    Store(fault >> 4).Fault = new Errno(s_faults[(fault & 15) % s_faults.Length]);
                    break;
                case Units:
                    Change(target, ref script);
                    rig.Turn();
                    break;
                default:
                    if (step is DeviceSteps.Restart or DeviceSteps.Reconnect)
                        Calm(rig);
                    DeviceSteps.Do(rig, step, ref script);
                    break;
            }
        }

        Calm(rig);
        (Answered, Good, Aborted) = (rig.Answered - before, good, aborted);
        Behaviour |= DeviceSteps.Amount(28, good);
        Behaviour |= DeviceSteps.Amount(36, aborted);
        rig.Looks = null;
        foreach (HeldStore store in _stores.Values)
            store.Fault = Errno.Success;
        Probe(rig, target);
        rig.End();
        foreach (LogicalUnit unit in target.Units)
            Promise.Keep(unit.TaskCount == 0, "no command stays with a unit");
    }

    private static byte[] Cdb(string cdb, int data = 0, int room = 0, string list = "", byte lun = 0, byte attribute = 0)
    {
        byte[] bytes = Bytes(cdb);
        byte[] sent = Bytes(list);
        // In the first byte the number of the command and not its operation code: mutations stay among those that there are.
        int which = ScsiCommands.Disk.All.ToList().FindIndex(
            c => c.Opcode == bytes[0] && (c.ServiceAction is null || c.ServiceAction == (bytes[1] & 0x1F)));
        return
        [
            Command, (byte)which, (byte)(bytes.Length - 1), .. bytes[1..], lun, 7, attribute, 0x11, (byte)data,
            (byte)sent.Length, .. sent, (byte)room,
        ];
    }

    private static string Descriptor(int number) => $"E4000000 01030008 30000000000000{number:X2} 000000000000000000000000 00000000";

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    // A command that there is, with any bytes in it; or any bytes.
    private static void Offer(DeviceRig rig, ref ScriptReader script)
    {
        byte which = script.Byte();
        ReadOnlySpan<byte> cdb = script.Take(script.Byte() & 31).Rest;
        byte[] request = new byte[HeadSize];
        Convert.FromHexString(s_luns[script.Byte() % s_luns.Length]).CopyTo(request, 0);
        request[8] = script.Byte();
        request[16] = script.Byte();
        cdb.CopyTo(request.AsSpan(20));
        if (which < 0xF0)
        {
            ScsiCommand command = ScsiCommands.Disk.All[which % ScsiCommands.Disk.All.Count];
            request[19] = command.Opcode;
            if (command.ServiceAction is { } action)
                request[20] = (byte)((request[20] & 0xE0) | action);
        }
        else
        {
            request[19] = which;
        }

        byte shape = script.Byte();
        // In steps of 256 bytes, all of them alike; then some bytes that are not.
        byte[] data = new byte[256 * (script.Byte() & 15)];
        ReadOnlySpan<byte> list = script.Take(script.Byte()).Rest;
        int room = 256 * (script.Byte() & 31);
        rig.Offer(RequestQueue, [.. request, .. list, .. data], 1 + (shape & 7), AnswerSize + room, 1 + ((shape >> 4) & 7));
    }

    private static void Hear(DeviceRig rig, LogicalUnit unit)
    {
        byte[] request = new byte[HeadSize];
        request[0] = 1;
        request[1] = unit.Options.Target;
        request[2] = (byte)(0x40 | (unit.Options.Lun >> 8));
        request[3] = (byte)unit.Options.Lun;
        rig.Offer(RequestQueue, request, 1, AnswerSize, 1);
        rig.Serve(RequestQueue);
    }

    // The next front-end is told who the disk is, whatever the one before did.
    private static void Probe(DeviceRig rig, ScsiTarget target)
    {
        rig.Reconnect();
        int answers = 0;
        rig.Looks = (_, answer, used) =>
        {
            answers++;
            Promise.Keep(answer[10] == 0 && answer[11] == 0 && used == AnswerSize + 36 && answer[AnswerSize] == 0, "the next front-end is served");
        };
        byte[] request = new byte[HeadSize];
        request[0] = 1;
        request[19] = 0x12;
        request[23] = 36;
        rig.Offer(RequestQueue, request, 1, AnswerSize + 36, 1);
        rig.Serve(RequestQueue);
        rig.Turn();
        Promise.Keep(answers == 1 && target.Find(0, 0) is not null, "the next front-end gets its answer");
        rig.Looks = null;
    }

    private HeldStore Store(int which) => _stores.Values.ElementAt(which % _stores.Count);

    // What is out comes back, so that queues can stop.
    private void Calm(DeviceRig rig)
    {
        // What comes back may send more, to the others too.
        foreach (HeldStore store in _stores.Values)
            store.Holds = false;
        foreach (HeldStore store in _stores.Values)
            store.ReleaseAll();
        rig.Turn();
    }

    private void Change(ScsiTarget target, ref ScriptReader script)
    {
        byte what = script.Byte();
        byte argument = script.Byte();
        switch (what & 3)
        {
            case 0:
                _ = target.TryRemove(1, 300);
                break;
            case 1 when target.Find(1, 300) is null && _stores.Count < 8:
                Add(target, 1, 300, 3);
                break;
            default:
                LogicalUnit unit = target.Find(0, 0)!;
                // Operations that are out were checked against the old size.
                if (_stores[unit].Holds)
                    return;
                _stores[unit].ReleaseAll();
                _stores[unit].Resize(4096 * (1 + (argument & 31)));
                _ = target.Resize(unit);
                break;
        }
    }

    private void Add(ScsiTarget target, byte number, ushort lun, int name)
    {
        HeldStore store = new(DiskSize);
        LogicalUnit unit = new(
            new LogicalUnitOptions
            {
                Target = number,
                Lun = lun,
                Thin = name != 2,
                BlockSize = name == 3 ? 4096u : 512u,
                Serial = $"S{name}",
                Wwn = 0x3000000000000000 + (ulong)name,
            },
            store);
        unit.Faulted += static fault => Promise.Keep(false, $"no fault within the target ({fault})");
        _stores.Add(unit, store);
        _ = target.TryAdd(unit);
    }
}
