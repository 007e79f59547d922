// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Input.Recordings;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>The section <c>input</c> of board files: input devices, each on a socket of its own.</summary>
internal sealed class InputPortKind() : PortKind("input", "an input device", "device", "kbd0")
{
    private const int MaxSize = 32768;

    private static readonly string[] s_models =
        ["keyboard", "mouse", "tablet", "touchscreen", "touchpad", "gamepad", "rotary-encoder", "switch", "recorded"];

    public override IReadOnlyList<string> Keys { get; } = ["model", "layout", "width", "height", "file"];

    public override IReadOnlyList<PartVerb> Verbs { get; } =
    [
        .. Keyboard.KeyboardVerbs, .. Mouse.MouseVerbs, .. TouchSurface.TouchVerbs, .. Gamepad.GamepadVerbs, .. RotaryEncoder.EncoderVerbs,
        .. Replayer.PlayVerbs,
    ];

    public override IReadOnlyList<TraceFormat> Traces => InputFileTrace.Formats;

    public override void Build(PortRequest request)
    {
        string model = request.Map.Choice("model", "", s_models);
        InputPart part = model switch
        {
            "keyboard" => new Keyboard(request.Board, request.Name),
            "mouse" => new Mouse(request.Board, request.Name),
            "tablet" => new Tablet(request.Board, request.Name),
            "touchscreen" => Surface(request, isPad: false),
            "touchpad" => Surface(request, isPad: true),
            "gamepad" => new Gamepad(request.Board, request.Name),
            "rotary-encoder" => new RotaryEncoder(request.Board, request.Name),
            "switch" => new StateSwitch(request.Board, request.Name),
            "recorded" => new Replayer(request.Board, request.Name, Recording(request)),
            _ => throw request.Map.Wrong($"{request.Map.What} needs 'model': {string.Join(", ", s_models)}"),
        };
        foreach (string key in request.Map.Left.ToArray())
        {
            BoardParameter? parameter = null;
            foreach (BoardParameter each in part.Parameters)
            {
                if (each.Name == key && each.Accepts is not null)
                    parameter = each;
            }

            if (parameter is not null && parameter.TrySet(request.Map.Text(key)!) is { } problem)
                throw request.Map.WrongAt(key, problem);
        }
    }

    private static TouchSurface Surface(PortRequest request, bool isPad)
    {
        int width = request.Map.Number("width", 2, MaxSize) ?? (isPad ? 1200 : 1920);
        int height = request.Map.Number("height", 2, MaxSize) ?? (isPad ? 800 : 1080);
        return new TouchSurface(request.Board, request.Name, isPad, width, height);
    }

    private static InputRecording Recording(PortRequest request)
    {
        string path = Path.Combine(request.Folder, request.Map.Required("file", "touch.evemu"));
        try
        {
            return InputRecording.Load(path);
        }
        catch (YamlFileException problem) when (problem.IsUnreadable)
        {
            throw request.Map.Unreadable("file", problem.Message);
        }
    }
}
