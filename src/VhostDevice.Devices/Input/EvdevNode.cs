// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input;

/// <summary>An input device of the kernel, /dev/input/event*.</summary>
internal sealed class EvdevNode : IInputNode
{
    private readonly OwnedFd _fd;

    private EvdevNode(OwnedFd fd, InputDescription description)
    {
        _fd = fd;
        Description = description;
    }

    public int Fd => _fd.Fd;

    public InputDescription Description { get; }

    public bool IsThere => Evdev.Ids(Fd, out _).IsSuccess;

    /// <summary>Opens it, without a way to its LEDs if there is no permission to write.</summary>
    /// <returns>ENOTTY and EINVAL for what is no input device.</returns>
    internal static Errno Open(string path, out EvdevNode? node)
    {
        node = null;
        Errno errno = Files.Open(path, write: true, nonBlocking: true, out OwnedFd? fd);
        if (errno == Errno.EACCES || errno == Errno.EROFS || errno == Errno.EPERM)
            errno = Files.Open(path, write: false, nonBlocking: true, out fd);
        if (errno.IsError)
            return errno;
        errno = Describe(fd!.Fd, out InputDescription? description);
        if (errno.IsError)
            fd.Dispose();
        else
            node = new EvdevNode(fd, description!);
        return errno;
    }

    public bool TryRead(InputState target)
    {
        if (Evdev.Keys(Fd, target.Keys).IsError)
            return false;
        if (Description.Has(InputTypes.Switch) && Evdev.Switches(Fd, target.Switches).IsError)
            return false;
        for (int code = 0; code < InputCodes.AxisCount && Description.Has(InputTypes.Absolute); code++)
        {
            if (!Description.Has(InputTypes.Absolute, code))
                continue;
            if (target.Description.Slots > 0 && InputCodes.IsOfSlot(code))
            {
                if (!TryReadFingers(target, code))
                    return false;
                continue;
            }

            if (Evdev.Axis(Fd, code, out EvdevAxis axis).IsError)
                return false;
            if (code == InputCodes.AbsMtSlot)
                target.Slot = axis.Value;
            else
                target.Axes[code] = axis.Value;
        }

        return true;
    }

    public bool TryReadLeds(Span<byte> bits) => Evdev.Leds(Fd, bits).IsSuccess;

    public Errno SetGrabbed(bool on) => Evdev.SetGrabbed(Fd, on);

    public Errno Write(in InputEvent value) =>
        Evdev.Write(Fd, [new EvdevEvent { Type = value.Type, Code = value.Code, Value = value.Value }, default]);

    public void Dispose() => _fd.Dispose();

    private static Errno Describe(int fd, out InputDescription? description)
    {
        description = null;
        Span<byte> bytes = stackalloc byte[Evdev.BitmapSize];
        Span<byte> serial = stackalloc byte[Evdev.BitmapSize];
        Errno errno = Evdev.Ids(fd, out var ids);
        if (errno.IsError)
            return errno;
        // Devices without a name or a serial number say ENOENT.
        _ = Evdev.Name(fd, bytes);
        _ = Evdev.Serial(fd, serial);
        InputDescription made = new()
        {
            NameBytes = bytes,
            SerialBytes = serial,
            Bus = ids.Bus,
            Vendor = ids.Vendor,
            Product = ids.Product,
            Version = ids.Version,
        };
        if (Evdev.Properties(fd, bytes).IsSuccess)
            made.AddProperties(bytes);
        Span<byte> types = stackalloc byte[Evdev.BitmapSize];
        errno = Evdev.Codes(fd, 0, types);
        for (int type = 1; type < InputTypes.Count && errno.IsSuccess; type++)
        {
            if ((types[type >> 3] >> (type & 7) & 1) == 0)
                continue;
            // The kernel has no codes of the repeat to ask for: delay and period are there if the type is.
            if (type == InputTypes.Repeat)
            {
                made.Add(type, 0);
                made.Add(type, 1);
                continue;
            }

            // Of the other types without codes (power) nothing is known.
            if (Evdev.Codes(fd, type, bytes).IsSuccess)
                made.AddCodes(type, bytes);
        }

        for (int code = 0; code < InputCodes.AxisCount && errno.IsSuccess; code++)
        {
            if (!made.Has(InputTypes.Absolute, code))
                continue;
            errno = Evdev.Axis(fd, code, out EvdevAxis axis);
            made.Add(code, axis);
        }

        if (errno.IsSuccess)
            description = made;
        return errno;
    }

    private bool TryReadFingers(InputState target, int code)
    {
        Span<int> values = stackalloc int[Evdev.MaxSlots];
        if (Evdev.Slots(Fd, code, values).IsError)
            return false;
        for (int slot = 0; slot < target.Description.Slots; slot++)
            target.SlotValue(slot, code) = values[slot];
        return true;
    }
}
