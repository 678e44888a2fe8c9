using System.Buffers.Binary;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Emulated;
using Chainring.Host.Driver.Netlink;
using Chainring.Nic.Wire;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Emulated;

/// <summary>Messages and attributes that were damaged: each is answered, by an errno or not, and none is an exception.</summary>
public sealed class DriverFuzzTests
{
    const int Inputs = 3_000, MostBytes = 64 << 20, AttributeBytes = 152;

    [Test, Category(Fuzz.Category)]
    public void Damaged_messages()
    {
        using var rig = new DriverRig(new EmulatedHostOptions { MapBytes = 1 << 20 });
        var port = rig.AddCard(ports: 2, profile: DeviceFile.Unlimited).Ports[0];
        int program = rig.Load(DriverRig.Ret2), table = rig.Map(ChainUapi.MapType, 4, 20, 2);
        byte[][] messages =
        [
            DriverRig.SetXdp(port.Ifindex, program, 4), DriverRig.SetXdp(port.Ifindex, -1, 4, type: 16, nested: false), DriverRig.SetXdp(port.Ifindex, program, 20, expected: -1, chain: table, revision: 0),
            LinkRequestBytes.SetXdp(port.Ifindex, program, XdpFlags.DrvMode, null, table, null, (program, 0b110)),
            DriverRig.Message(18, 0x301, 0, []), DriverRig.Message(18, 1, port.Ifindex, [8, 0, 29, 0, 8, 0, 0, 0]), DriverRig.Message(16, 5, 0, [9, 0, 3, 0, (byte)'e', (byte)'t', (byte)'h', (byte)'0', 0, 0, 0, 0]),
            DriverRig.Message(19, 5, port.Ifindex, [8, 0, 4, 0, 220, 5, 0, 0], 1, 1),
        ];
        foreach (ulong input in Fuzz.Seeds("netlink messages", Inputs))
        {
            var random = new SplitMix64(input);
            byte[] message = Damaged(messages[random.Below(messages.Length)], ref random);
            Fuzz.Try("netlink messages", input, MostBytes, () =>
            {
                rig.Socket.Send(message);
                while (rig.Socket.Receive() is { } answer) Assert.That(answer, Has.Length.AtLeast(20));
            });
        }
    }

    [Test, Category(Fuzz.Category)]
    public void Damaged_attributes()
    {
        using var rig = new DriverRig(new EmulatedHostOptions { MapBytes = 1 << 20 });
        var port = rig.AddCard(profile: DeviceFile.Unlimited).Ports[0];
        int[] known = [rig.Load(DriverRig.Ret2), rig.Load(DriverRig.Ret2, port.Ifindex), rig.Map(1), rig.Map(2, ifindex: port.Ifindex), rig.Map(ChainUapi.MapType, 4, 20, 2)];
        ulong[] places = [rig.Place(DriverRig.Code(DriverRig.Ret2)), rig.Place("GPL\0"u8), rig.Place(new byte[4096]), rig.Place("/sys/fs/bpf/x\0"u8), 0, 8];
        int answered = 0, granted = 0;
        foreach (ulong input in Fuzz.Seeds("bpf attributes", Inputs))
        {
            var random = new SplitMix64(input);
            int command = random.Below(38);
            var attr = new byte[random.Below(8) == 0 ? random.Below(AttributeBytes + 16) : AttributeBytes];
            // Numbers that mean something at places where fields are.
            for (int fields = random.Below(12); fields >= 0 && attr.Length >= 8; fields--)
            {
                int at = random.Below(attr.Length / 4 - 1) * 4;
                if (random.Below(3) == 0) BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(at), places[random.Below(places.Length)]);
                else BinaryPrimitives.WriteUInt32LittleEndian(attr.AsSpan(at), random.Below(4) == 0 ? (uint)random.Next() : random.Below(2) == 0 ? (uint)known[random.Below(known.Length)] : (uint)random.Below(40));
            }
            Fuzz.Try("bpf attributes", input, MostBytes, () =>
            {
                int result = rig.Process.Bpf(command, attr);
                answered++;
                Assert.That(result, Is.GreaterThanOrEqualTo(-524));
                if (result >= 0) granted++;
                // What was opened is closed again, so that there is room.
                if (result > 10) rig.Process.Close(result);
            });
        }
        TestContext.Out.WriteLine($"{answered} calls, {granted} granted");
    }

    static byte[] Damaged(byte[] message, ref SplitMix64 random)
    {
        byte[] damaged = (byte[])message.Clone();
        for (int changes = random.Below(4); changes >= 0; changes--)
        {
            int at = random.Below(damaged.Length);
            switch (random.Below(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next();
                    break;
                case 1:
                    damaged[at] ^= (byte)(1 << random.Below(8));
                    break;
                case 2 when damaged.Length > 1:
                    damaged = damaged[..(1 + random.Below(damaged.Length - 1))];
                    break;
                default:
                    damaged = [.. damaged[..at], (byte)random.Next(), .. damaged[at..]];
                    break;
            }
        }
        // Else most are cut short by their length.
        if (random.Below(2) == 0 && damaged.Length >= 4) BinaryPrimitives.WriteInt32LittleEndian(damaged, damaged.Length);
        return damaged;
    }
}
