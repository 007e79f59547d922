// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Sound.Hosts;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Sound;

/// <summary>sound: a sound card, whose streams go to files, to each other, to nobody, or to the host's sound system.</summary>
public sealed class SoundKind() : DeviceKind(
    "sound", 25, "Sound: streams to and from files, generators, cables between guests, or nobody")
{
    private const ulong MostGuests = 64;

    private static readonly TextSetting s_socket = new(
        "--socket", "--socket-path", "PATH", "Where to listen; with --guests numbers are appended: PATH0, PATH1, ...");

    private static readonly NumberSetting s_guests = new(
        "--guests", null, "COUNT", "How many guests have a sound card here, each on a socket of its own", from: 1, to: MostGuests, byDefault: 1);

    private static readonly ChoiceSetting s_backend = new(
        "--backend", null, "NAME", "The host's side of streams that do not say another one",
        ["null", "pipewire", "alsa", "gstreamer"], byDefault: "null");

    private static readonly ListSetting s_streams = new(
        "--stream", null, StreamSettings.Form,
        "A stream that a guest plays into (out) or records from (in): name=, channels=, rate=, format=, guest=, and its end: null, file=PATH, "
        + "loop, sine=HZ, noise, cable=NAME, device=NAME. Without this option there is one out and one in");

    private static readonly TextSetting s_control = new(
        ControlSocket.Option, null, "PATH", "Listen here for 'sound show', 'plug', 'unplug', 'volume', 'mute', 'unmute' and 'scope'");

    // The devices, and what the library reads again when it has changed.
    private static readonly string[] s_alsaFolders = ["/dev/snd", "/proc/asound", "/usr/share/alsa", "/etc/alsa"];

    private static readonly SocketPlan s_sockets = SocketPlan.Own(s_socket);

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [s_guests, s_backend, s_streams, s_control];

    public override IReadOnlyList<ControlVerb> Verbs => SoundCommands.Verbs;

    public override string UsualOptions => "--socket PATH";

    public override string Example => "--socket /run/vm/sound --stream out,file=/tmp/played.wav --stream in,sine=440";

    public override string? Problem(Values values) =>
        !s_sockets.IsGiven(values) ? "--socket PATH is missing (or --fd FDNUM)"
        : values[s_guests] > 1 && !values.Has(s_socket) ? "--guests needs --socket PATH, to which their numbers are appended"
        : null;

    // A device is open only while a guest uses it, and what a configuration makes of it is the library's business.
    public override IReadOnlyList<CallRule> Calls(Values values) => IsAlsa(values)
        ? CallRule.Any(SystemCalls.openat, SystemCalls.ioctl)
        : [];

    public override Served Open(Opening at)
    {
        foreach (string folder in IsAlsa(at.Values) ? s_alsaFolders : [])
        {
            if (Directory.Exists(folder))
                at.AllowFolder(folder, FolderRights.ReadFiles | FolderRights.WriteFiles | FolderRights.ControlDevices);
        }

        List<StreamSettings> streams = Streams(at);
        int guests = (int)at[s_guests];
        SoundLines lines = new(at, at[s_backend]!);
        bool isWatched = at.Meter is not null || at[s_control] is not null;
        SoundCard[] cards = new SoundCard[guests];
        for (int guest = 0; guest < guests; guest++)
            cards[guest] = Card(lines, streams, guest, guests, isWatched);
        if (at[s_control] is { } path)
            at.Listen(path, new SoundCommands(cards, at.Log).Run);
        return new Served(socket =>
        {
            SoundCard card = cards[socket.Index];
            foreach (SoundPort port in card.Ports)
                at.Meter?.Add(socket.Name, SoundCounterTable.Of(port));
            return () => new SoundDevice(card, socket.Log);
        })
        {
            Paths = guests > 1 ? SocketPaths(at[s_socket]!, guests) : null,
        };
    }

    private static bool IsAlsa(Values values) => values[s_backend] == "alsa";

    private static string[] SocketPaths(string path, int count)
    {
        string[] paths = new string[count];
        for (int i = 0; i < count; i++)
            paths[i] = path + i;
        return paths;
    }

    private static List<StreamSettings> Streams(Opening at)
    {
        List<StreamSettings> streams = [];
        foreach (string text in at[s_streams])
        {
            StreamSettings settings = StreamSettings.Parse(text, out string problem) ?? throw Opening.Wrong(s_streams, $" {text}: {problem}");
            if (settings.Guest >= (int)at[s_guests])
                throw Opening.Wrong(s_streams, $" {text}: there is no guest {settings.Guest}; --guests says how many there are, from 0");
            streams.Add(settings);
        }

        return streams.Count > 0 ? streams
            : [new StreamSettings { Direction = SoundDirection.Output }, new StreamSettings { Direction = SoundDirection.Input }];
    }

    private static SoundCard Card(SoundLines lines, List<StreamSettings> streams, int guest, int guests, bool isWatched)
    {
        List<SoundPort> ports = [];
        uint[] counts = new uint[2];
        foreach (StreamSettings settings in streams)
        {
            if (settings.Guest is { } owner && owner != guest)
                continue;
            uint number = counts[(int)settings.Direction]++;
            string name = settings.Name ?? $"{(settings.IsOutput ? "out" : "in")}{number}";
            ISoundLine line = lines.Open(settings, isShared: guests > 1 && settings.Guest is null);
            SoundPort port = new(
                guests > 1 && settings.Name is null ? $"{guest}.{name}" : name, settings.Direction, number, line, settings.Offered,
                isWatched ? new SoundMeter() : null);
            if (port.Abilities.IsNothing)
                throw Opening.Wrong(s_streams, $": {name} cannot be offered: {line.Name} has no such format, rate or number of channels");
            ports.Add(port);
        }

        if (ports.Count == 0)
            throw Opening.Wrong(s_streams, $": the guest {guest} has no stream");
        return ports.Count <= SoundCard.MostPorts ? new SoundCard(ports)
            : throw Opening.Wrong(s_streams, $": a guest has at most {SoundCard.MostPorts}");
    }
}
